import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { takeTurn, type Usage } from './shares.ts'

/**
 * `$client` is a pool, or the one connection of a transaction. `usage`: what its statements have used
 * (shares.ts). `dryTransaction`: runs each transaction instead of the pool (dry-run.ts).
 */
export type Db = NodePgDatabase & {
  $client?: pg.Pool | pg.ClientBase
  usage?: Usage
  dryTransaction?: DryTransaction
}

/** Runs the frame, then the work. Undoes both if they fail. */
export type DryTransaction = <T>(
  ownerId: string,
  frame: string,
  work: (tx: Db) => Promise<T>,
) => Promise<T>

/** Sets the role that reads and writes rows. It owns no table, so row-level security applies to it. */
const becomeRole = `set_config('role', 'taskward_app', true)`

/**
 * The statement that comes first in every transaction on rows. Row-level security then limits each
 * statement to the rows of the owner, even if it has no WHERE. The settings are local to the
 * transaction. If one fails, Postgres rejects the rest of the transaction. The statement returns no
 * row, because no setting is null.
 */
export function ownerFrame(owner: string): string {
  return `select where ${becomeRole} is null or set_config('taskward.owner', ${owner}, true) is null`
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
  if (db.dryTransaction) {
    return db.dryTransaction(ownerId, ownerFrame(pg.escapeLiteral(ownerId)), work)
  }
  return takeTurn(pool, ownerId, () => runTransaction(pool, ownerId, work), db.usage)
}

async function runTransaction<T>(
  pool: pg.Pool,
  ownerId: string,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query(`begin; ${ownerFrame(pg.escapeLiteral(ownerId))}`)
    const outcome = await work(drizzle(client))
    await client.query('commit')
    client.release()
    return outcome
  } catch (error) {
    await client.query('rollback').then(() => client.release(), client.release)
    throw error
  }
}
