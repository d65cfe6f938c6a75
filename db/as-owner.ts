import { AsyncLocalStorage } from 'node:async_hooks'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Db } from './client.ts'
import { takeTurn } from './shares.ts'

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
 * @throws DatabaseAway also when the connection is lost during the commit: the transaction may
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
    await client.query(begin(ownerId))
    const outcome = await work(drizzle(client))
    await client.query('commit')
    client.release()
    return outcome
  } catch (error) {
    await client.query('rollback').then(() => client.release(), client.release)
    throw error
  }
}

/** Makes a pool run each single statement as the owner that asOwner has set. */
export function queryAsOwner(pool: pg.Pool): pg.Pool {
  pool.query = (async (statement: pg.QueryConfig, values: unknown[]) => {
    const ownerId = owner.getStore()
    if (ownerId === undefined) throw new Error('A statement on rows needs an owner: call asOwner.')
    return takeTurn(pool, ownerId, () => querySingly(pool, ownerId, statement, values))
  }) as pg.Pool['query']
  return pool
}

/**
 * Sends "begin", the statement and "commit" without waiting in between: one round trip. The settings
 * are local to the transaction, so they also work behind a transaction pooler. If one of them fails,
 * Postgres rejects the rest of the transaction.
 */
async function querySingly(
  pool: pg.Pool,
  ownerId: string,
  statement: pg.QueryConfig,
  values: unknown[],
) {
  const client = await pool.connect()
  const [begun, answered, committed] = await Promise.allSettled([
    client.query(begin(ownerId)),
    client.query(statement, values),
    client.query('commit'),
  ])
  // Without a commit the connection may still be in the transaction, so it is not reused.
  client.release(committed.status === 'rejected')
  if (begun.status === 'rejected') throw begun.reason
  if (answered.status === 'rejected') throw answered.reason
  if (committed.status === 'rejected') throw committed.reason
  return answered.value
}

/** One message. If a setting fails, Postgres rejects the rest of the transaction. */
function begin(ownerId: string): string {
  const becomeRole = `set local role ${role}`
  return `begin; ${becomeRole}; set local taskward.owner = ${pg.escapeLiteral(ownerId)}`
}
