import { AsyncLocalStorage } from 'node:async_hooks'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Db } from './client.ts'
import { takeTurn } from './shares.ts'

/** The role that rows are read and written as: it owns no table, and row-level security holds it. */
const role = 'taskward_app'

const owner = new AsyncLocalStorage<string>()

/**
 * Runs the statements of `work` as an owner: Postgres shows them that owner's rows and no others,
 * whatever their WHERE says. Without it a statement on rows is refused.
 */
export function asOwner<T>(ownerId: string, work: () => Promise<T>): Promise<T> {
  return owner.run(ownerId, work)
}

/**
 * The same for several statements that belong together: all of them happen, or none. When the
 * connection is lost during the commit, nobody can tell which; that is an error too.
 */
export async function transactionAs<T>(
  db: Db,
  ownerId: string,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const pool = db.$client
  if (!(pool instanceof pg.Pool)) throw new Error('A transaction begins on a pool.')
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

/** Makes a pool run its single statements as the owner of the moment. */
export function queryAsOwner(pool: pg.Pool): pg.Pool {
  pool.query = (async (statement: pg.QueryConfig, values: unknown[]) => {
    const ownerId = owner.getStore()
    if (ownerId === undefined) throw new Error('A statement on rows needs an owner: use asOwner.')
    return takeTurn(pool, ownerId, () => querySingly(pool, ownerId, statement, values))
  }) as pg.Pool['query']
  return pool
}

/**
 * Three messages, one round trip: nothing waits for the answer to "begin". Settings end with the
 * transaction, so they hold behind a transaction pooler too; and should one fail, Postgres refuses
 * what follows in the same transaction.
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
  // Without its commit a connection may still be in the transaction: nobody else should get it.
  client.release(committed.status === 'rejected')
  if (begun.status === 'rejected') throw begun.reason
  if (answered.status === 'rejected') throw answered.reason
  if (committed.status === 'rejected') throw committed.reason
  return answered.value
}

/** One message. Should a setting fail, Postgres refuses whatever else the transaction asks for. */
function begin(ownerId: string): string {
  const becomeRole = `set local role ${role}`
  return `begin; ${becomeRole}; set local taskward.owner = ${pg.escapeLiteral(ownerId)}`
}
