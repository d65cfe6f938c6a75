import pg from 'pg'
import { keepPause, type Owner, ownerIdOf } from './as-owner.ts'
import {
  type Availability,
  DatabaseBusy,
  DatabaseUnavailable,
  reasonOf,
  recordFailure,
} from './availability.ts'
import { Batch, type Bound, type Fields } from './batch.ts'
import { shareConnections, takeTurn, type Usage } from './shares.ts'
import { traceCalls, traceStatements } from './statement-trace.ts'

/** Max statements that wait for a connection of a pool. */
const maxWaiting = 1_000

/** `isPooled`: the URL is that of a transaction pooler, such as PgBouncer. */
export type TaskwardPoolConfig = pg.PoolConfig & { isPooled?: boolean }

/**
 * A pool of connections to the database. It differs from pg.Pool in four ways:
 *
 * - An error that means that the database is unavailable or busy is thrown as DatabaseUnavailable or
 *   DatabaseBusy, and logged (availability.ts). Other errors are those of pg.
 * - The queue for a connection is bounded. When it is full, a call fails immediately.
 * - Behind a transaction pooler, statements are sent without their names.
 * - Statements are reported to a tracing library (statement-trace.ts).
 *
 * pg has no hook for this, so the constructor replaces `connect` and `query` of the pool, and
 * `query` of each client when it connects.
 */
export class TaskwardPool extends pg.Pool {
  override connect: pg.Pool['connect']
  override query: pg.Pool['query']

  constructor({ isPooled = false, ...config }: TaskwardPoolConfig, availability: Availability) {
    super(config)
    const watch = (call: Call, onLoss?: () => void) => watchCall(call, availability, onLoss)
    this.on('error', ({ message }) => availability.lost(message))
    this.on('connect', (client) => {
      // A client in use emits the loss of its connection itself. An unhandled 'error' event would
      // end the process.
      client.on('error', ({ message }) => availability.lost(message))
      // An ended client is not reused: its statement may still be running.
      const end = () => void client.end().catch(() => {})
      const query = client.query.bind(client) as Call
      const watched = watch(isPooled ? removeName(query) : query, end)
      client.query = traceCalls(watched) as typeof client.query
    })
    const connect = boundQueue(this, super.connect.bind(this) as Call, availability)
    this.connect = watch(connect) as pg.Pool['connect']
    this.query = traceCalls(watch(super.query.bind(this) as Call)) as pg.Pool['query']
  }
}

/**
 * The pool for rows. Statements run as an owner: with runAs, under row-level security
 * (as-owner.ts), when it is the turn of that owner (shares.ts). `query` would run without an owner,
 * so it throws.
 */
export class OwnerPool extends TaskwardPool {
  /** Runs the statements in one transaction and one round trip. @returns the rows of each. */
  readonly runAs: (owner: Owner, statements: Bound[], usage?: Usage) => Promise<Fields[][]>

  constructor(config: TaskwardPoolConfig, availability: Availability) {
    super(config, availability)
    shareConnections(this, availability)
    const send = (owner: Owner, statements: Bound[]) =>
      sendBatch(this, new Batch(owner, statements, !config.isPooled))
    const watched = watchCall(send as Call, availability) as typeof send
    const run: typeof this.runAs = (owner, statements, usage) =>
      traceStatements(
        () => statements.map(({ text }) => text),
        () => takeTurn(this, ownerIdOf(owner), () => watched(owner, statements), usage),
      )
    this.runAs = (owner, statements, usage) => {
      const write = () => run(owner, statements, usage)
      return typeof owner === 'string' ? write() : keepPause(this, owner, write)
    }
    this.query = (async () => {
      throw new Error('A statement on rows needs an owner: call runAs or transactionAs.')
    }) as pg.Pool['query']
  }
}

/** With callbacks, because each promise on this way costs as much as a part of the statement. */
function sendBatch(pool: pg.Pool, batch: Batch): Promise<Fields[][]> {
  return new Promise((resolve, reject) => {
    pool.connect((failure, client, release) => {
      if (!client) return reject(failure)
      batch.callback = (error, results = []) => {
        // After an error from Postgres, the transaction is over. After any other, the state of the
        // connection is unknown, so it is not reused.
        release(error !== null && (!(error instanceof pg.DatabaseError) || isLoss(error)))
        if (error) reject(error)
        else resolve(results)
      }
      client.query(batch)
    })
  })
}

type Call = (...args: unknown[]) => unknown

function boundQueue(pool: pg.Pool, connect: Call, availability: Availability): Call {
  return (callback) => {
    if (pool.waitingCount < maxWaiting) return connect(callback)
    const refusal = availability.refused(`${maxWaiting} statements already wait for a connection`)
    return typeof callback === 'function' ? callback(refusal) : Promise.reject(refusal)
  }
}

/**
 * Behind a transaction pooler, the next transaction may run on another server connection. There the
 * name of a prepared statement is unknown, or belongs to another statement.
 */
function removeName(query: Call): Call {
  return (statement, ...rest) =>
    query(isNamed(statement) ? { ...statement, name: undefined } : statement, ...rest)
}

function isNamed(statement: unknown): statement is pg.QueryConfig {
  if (typeof statement !== 'object' || statement === null) return false
  return 'name' in statement && statement.name !== undefined
}

/**
 * Reports the outcome of a call to `availability`. A call with a callback returns no promise; it
 * comes from inside a call that returns one.
 */
function watchCall(call: Call, availability: Availability, onLoss?: () => void): Call {
  const succeed = (answer: unknown) => {
    availability.answered()
    return answer
  }
  const fail = (error: unknown): never => {
    if (error instanceof DatabaseUnavailable) throw recordFailure(error) // an inner call has handled it
    if (isPoolTimeout(error)) throw availability.refused(reasonOf(error))
    if (isAborted(error)) {
      availability.aborted(reasonOf(error))
      throw recordFailure(new DatabaseBusy(reasonOf(error), { cause: error }))
    }
    if (!isLoss(error)) throw error
    availability.lost(reasonOf(error))
    onLoss?.()
    throw recordFailure(new DatabaseUnavailable(reasonOf(error), { cause: error }))
  }
  return (...args) => {
    const answer = call(...args)
    return answer instanceof Promise ? answer.then(succeed, fail) : answer
  }
}

/** The error of pg-pool when no connection became free within connectionTimeoutMillis. */
function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect'
}

/** No SQLSTATE: network. 08: connection lost. 53: too many connections. 57P: starting or stopping. */
function isLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|53|57P)/.test(error.code ?? '')
  return !(error instanceof TypeError)
}

/** 57014: statement timeout. 40: deadlock or serialization failure. 55P03: lock timeout. */
function isAborted(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(57014|40|55P03)/.test(error.code ?? '')
}
