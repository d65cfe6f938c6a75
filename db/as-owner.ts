import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import type { Db } from './client.ts'

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

/** The same for several statements that belong together. */
export function transactionAs<T>(
  db: Db,
  ownerId: string,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql.raw(becomeOwner(ownerId)))
    return work(tx)
  })
}

/** A pool whose single statements run as the owner of the moment. */
export function createOwnerPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, pipeline: true })
  pool.query = ((statement: pg.QueryConfig, values: unknown[]) =>
    queryAsOwner(pool, statement, values)) as pg.Pool['query']
  return pool
}

/**
 * Three messages, one round trip: nothing waits for the answer to "begin". Settings end with the
 * transaction, so they hold behind a transaction pooler too; and should one fail, Postgres refuses
 * what follows in the same transaction.
 */
async function queryAsOwner(pool: pg.Pool, statement: pg.QueryConfig, values: unknown[]) {
  const ownerId = owner.getStore()
  if (ownerId === undefined) throw new Error('A statement on rows needs an owner: use asOwner.')
  const client = await pool.connect()
  try {
    const [begun, answered, committed] = await Promise.allSettled([
      client.query(`begin; ${becomeOwner(ownerId)}`),
      client.query(statement, values),
      client.query('commit'),
    ])
    if (begun.status === 'rejected') throw begun.reason
    if (answered.status === 'rejected') throw answered.reason
    if (committed.status === 'rejected') throw committed.reason
    return answered.value
  } finally {
    client.release()
  }
}

function becomeOwner(ownerId: string): string {
  return `set local role ${role}; set local taskward.owner = ${pg.escapeLiteral(ownerId)}`
}
