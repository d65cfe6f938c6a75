import { Column, is, Param, Placeholder } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { makePgArray } from 'drizzle-orm/pg-core'
import { LRUCache } from 'lru-cache'
import pg from 'pg'
import { type Owner, ownerIdOf, transactionAs } from './as-owner.ts'
import type { Bound, Fields, Value } from './batch.ts'
import type { Db } from './client.ts'
import { OwnerPool } from './pool.ts'

/** Builds SQL with Drizzle's types. It has no connection. */
export const sqlBuilder: NodePgDatabase = drizzle.mock()

/** The values for the placeholders of a statement, by name. */
export type Values = Record<string, unknown>

/** How the text of a column becomes a value. A column of a table knows it. */
type Reader<T> = Column | ((text: string) => T)

/** SQL that is built once, with placeholders, and run often. */
export type Statement<Row> = {
  bind: (values: Values) => Bound
  readRows: (rows: Fields[]) => Row[]
}

/** What Drizzle has built: `toSQL` of a query, or `sqlToQuery` of a dialect. */
type Query = { sql: string; params: unknown[] }

/** Clients choose columns and filters, so there may be many statements. The rarest are built again. */
const statements = new LRUCache<string, Statement<never>>({ max: 500 })
let built = 0

/**
 * The statement of this shape. `shape` must contain everything that changes the SQL. `readers` are in
 * the order of the selected columns.
 */
export function statement<Row>(
  shape: string,
  build: () => { query: Query; readers: { [Name in keyof Row]: Reader<Row[Name]> } },
): Statement<Row> {
  const known = statements.get(shape)
  if (known) return known
  const { query, readers } = build()
  const made = toStatement<Row>(`s${++built}`, query, readers)
  statements.set(shape, made as Statement<never>)
  return made
}

function toStatement<Row>(
  name: string,
  { sql: text, params }: Query,
  readers: { [Name in keyof Row]: Reader<Row[Name]> },
): Statement<Row> {
  const values = params.map(toSource)
  const columns = Object.entries<Reader<unknown>>(readers).map(([key, reader]) => ({
    key,
    read: readerOf(reader),
  }))
  const readRow = (fields: Fields): Row => {
    const row: Record<string, unknown> = {}
    columns.forEach(({ key, read }, index) => {
      const field = fields[index] ?? null
      row[key] = field === null || !read ? field : read(field)
    })
    return row as Row
  }
  return {
    bind: (given) => ({ name, text, values: values.map((source) => source(given)) }),
    readRows: (rows) => rows.map(readRow),
  }
}

const textArray: number = 1009 // its oid
const parseTextArray: (text: string) => string[] = pg.types.getTypeParser(textArray, 'text')

/** Undefined: the value is the text. */
function readerOf(reader: Reader<unknown>): ((text: string) => unknown) | undefined {
  if (!is(reader, Column)) return reader
  const { columnType } = reader
  if (columnType === 'PgArray') return parseTextArray
  if (columnType === 'PgCustomColumn' || columnType === 'PgSmallInt') {
    return (text) => reader.mapFromDriverValue(text)
  }
  return undefined
}

/** Takes the value of a parameter from those that are given by name. */
function toSource(param: unknown): (given: Values) => Value {
  if (is(param, Placeholder)) return (given) => toText(given[param.name])
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { name } = param.value
    const encode = (value: unknown) => param.encoder.mapToDriverValue(value)
    return (given) => toText(given[name] == null ? null : encode(given[name]))
  }
  return () => toText(param)
}

function toText(value: unknown): Value {
  if (typeof value === 'string' || value instanceof Buffer) return value
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? makePgArray(value) : String(value)
}

/**
 * Runs the statements as an owner or author, in one transaction and one round trip. In a transaction (`db` is
 * that of transactionAs) they are part of it.
 * @returns the rows of each.
 */
export async function runAs(db: Db, owner: Owner, bound: Bound[]): Promise<Fields[][]> {
  const client = db.$client
  if (db.dryTransaction) return transactionAs(db, owner, (tx) => runAs(tx, owner, bound))
  if (client instanceof OwnerPool) return client.runAs(owner, bound, db.usage)
  if (!client) throw new Error('Statements on rows need the database of connect or transactionAs.')
  const results: Fields[][] = []
  for (const { text, values } of bound) {
    const query = { text, rowMode: 'array', types: asText } as const
    results.push((await client.query<Fields>(query, values)).rows)
  }
  return results
}

/** Runs one statement like runAs. @returns its rows. */
export async function queryAs<Row>(
  db: Db,
  owner: Owner,
  { bind, readRows }: Statement<Row>,
  values: Values,
): Promise<Row[]> {
  const ownerId = ownerIdOf(owner)
  const [rows = []] = await runAs(db, owner, [bind({ ...values, ownerId })])
  return readRows(rows)
}

const asText = { getTypeParser: () => (text: string) => text }
