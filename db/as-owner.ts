import { AsyncLocalStorage } from 'node:async_hooks'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { takeTurn } from './shares.ts'

/** `$client` is a pool, or the one connection of a transaction. */
export type Db = NodePgDatabase & { $client?: pg.Pool | pg.ClientBase }

/** The role that reads and writes rows. It owns no table, so row-level security applies to it. */
const role = 'taskward_app'

const owner = new AsyncLocalStorage<string>()

/**
 * Runs the statements of `work` as an owner. Row-level security limits each of them to the rows of
 * that owner, even if it has no WHERE. Outside asOwner, a statement on rows throws.
 */
export function asOwner<T>(ownerId: string, work: () => Promise<T>): Promise<T> {
  return owner.run(ownerId, work)
}

/**
 * Runs several statements as an owner in one transaction.
 * @throws DatabaseUnavailable also when the connection is lost during the commit: the transaction may
 * have been committed or not.
 */
export async function transactionAs<T>(
  db: Db,
  ownerId: string,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const pool = db.$client
  if (!(pool instanceof pg.Pool)) throw new Error('A transaction must begin on a pool.')
  return takeTurn(pool, ownerId, () => runTransaction(pool, ownerId, work))
}

async function runTransaction<T>(
  pool: pg.Pool,
  ownerId: string,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query(beginAs(ownerId))
    const outcome = await work(drizzle(client))
    await client.query('commit')
    client.release()
    return outcome
  } catch (error) {
    await client.query('rollback').then(() => client.release(), client.release)
    throw error
  }
}

/** The owner that asOwner has set. @throws Error outside asOwner. */
export function requireOwner(): string {
  const ownerId = owner.getStore()
  if (ownerId === undefined) throw new Error('A statement on rows needs an owner: call asOwner.')
  return ownerId
}

/** Begins a transaction as an owner, in one message. If a setting fails, Postgres rejects the rest of the transaction. */
export function beginAs(ownerId: string): string {
  const becomeRole = `set local role ${role}`
  return `begin; ${becomeRole}; set local taskward.owner = ${pg.escapeLiteral(ownerId)}`
}
