import type pg from 'pg'
import { serialize } from 'pg-protocol'
import { bindFrame, type Owner } from './as-owner.ts'

/** SQL, and the values of its parameters as text; a Buffer is sent as binary. */
export type Bound = {
  /** The name of the prepared statement. The same name always means the same text. */
  name: string
  text: string
  values: Value[]
}

export type Value = string | Buffer | null

/** The columns of a row, as text. */
export type Fields = (string | null)[]

type Callback = (error: Error | null, results?: Fields[][]) => void

/** Max prepared statements of a connection: each takes some 20 to 50 kB in Postgres. */
const maxPrepared = 100

/**
 * The prepared statements of a connection, the least recently used first. False: an error has left
 * open whether Postgres knows the statement.
 */
const preparedOn = new WeakMap<pg.Connection, Map<string, boolean>>()

/**
 * Statements that run as an owner, in one message to Postgres with one Sync at the end. Postgres
 * runs all of them in one transaction, which the Sync commits; after an error it skips the rest
 * (PostgreSQL manual, "Pipelining"). `pg` calls submit and the handlers, as it does for pg-cursor.
 */
export class Batch implements pg.Submittable {
  callback: Callback = () => {}
  readonly #statements: Bound[]
  readonly #isNamed: boolean
  readonly #results: Fields[][] = []
  #rows: Fields[] = []
  #prepared = new Map<string, boolean>()

  /** `isNamed`: false behind a transaction pooler, which shares its connections. */
  constructor(owner: Owner, statements: Bound[], isNamed: boolean) {
    this.#statements = [bindFrame(owner), ...statements]
    this.#isNamed = isNamed
  }

  submit(connection: pg.Connection): void {
    this.#prepared = preparedOn.get(connection) ?? this.#prepared
    preparedOn.set(connection, this.#prepared)
    const messages = this.#statements.flatMap((statement) => this.#messagesOf(statement))
    // One write: connection.bind, execute and sync would each write a buffer of their own.
    connection.stream.write(Buffer.concat([...messages, serialize.sync()]))
  }

  #messagesOf({ name, text, values }: Bound): Buffer[] {
    const statement = this.#isNamed ? name : ''
    const run = [serialize.bind({ statement, values }), serialize.execute()]
    if (!this.#isNamed) return [serialize.parse({ name: '', text }), ...run]
    return this.#isPrepared(name) ? run : [...this.#prepare(name, text), ...run]
  }

  /** Moves the statement behind all others. */
  #isPrepared(name: string): boolean {
    if (!this.#prepared.get(name)) return false
    this.#prepared.delete(name)
    this.#prepared.set(name, true)
    return true
  }

  #prepare(name: string, text: string): Buffer[] {
    const messages: Buffer[] = []
    const [oldest] = this.#prepared.keys()
    if (oldest !== undefined && this.#prepared.size >= maxPrepared) {
      messages.push(serialize.close({ type: 'S', name: oldest }))
      this.#prepared.delete(oldest)
    }
    // A statement of this name may be left over from a batch that failed.
    if (this.#prepared.has(name)) messages.push(serialize.close({ type: 'S', name }))
    this.#prepared.set(name, true)
    return [...messages, serialize.parse({ name, text })]
  }

  handleDataRow({ fields }: { fields: Fields }): void {
    this.#rows.push(fields)
  }

  handleCommandComplete(): void {
    this.#results.push(this.#rows)
    this.#rows = []
  }

  /** The transaction is committed. */
  handleReadyForQuery(): void {
    this.callback(null, this.#results.slice(1))
  }

  /** Also after a failed Parse, or when Postgres no longer knows a statement: next time all are parsed again. */
  handleError(error: Error): void {
    for (const { name } of this.#statements) {
      if (this.#prepared.has(name)) this.#prepared.set(name, false)
    }
    this.callback(error)
  }
}
