import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Db, DryTransaction } from './as-owner.ts'
import { DatabaseBusy } from './availability.ts'
import { takeTurn } from './shares.ts'

/**
 * Max time in which the statements of a dry run begin, because it holds a connection and locks. Default:
 * 10 s, as for one statement.
 */
const maxHeldMs = 10_000

/** Restores the role and the settings of a new transaction, which the frame of an earlier one has set. */
const unframed = `select set_config('role', 'none', true), set_config('taskward.owner', '', true),
  set_config('taskward.actor', '', true), set_config('taskward.undoes', '', true)`

/**
 * Gives the work a database whose changes are visible to the work alone, and rolls all of them back at
 * the end. Each transaction of the work becomes a savepoint of one transaction on one connection, so it
 * takes effect or fails like the real one. They run one after the other. The connection is taken with
 * the first statement, in a turn of its owner.
 *
 * Further statements are refused with DatabaseBusy when `isCancelled` is true, and after 10 seconds.
 */
export async function dryRun<T>(
  db: Db,
  isCancelled: () => boolean,
  work: (dry: Db) => Promise<T>,
  now: () => number = () => performance.now(),
): Promise<T> {
  const pool = db.$client
  if (!(pool instanceof pg.Pool)) throw new Error('A dry run must begin on a pool.')
  const connection = holdLater(pool, db)
  let last: Promise<unknown> = Promise.resolve()
  const endsAt = now() + maxHeldMs
  let hasEnded = false

  function requireOpen(): void {
    if (hasEnded) throw new Error('The dry run has ended, and its connection with it.')
    if (isCancelled()) throw new DatabaseBusy('The client of the dry run has gone.')
    if (now() > endsAt) throw new DatabaseBusy(`The dry run has taken more than ${maxHeldMs} ms.`)
  }

  const transaction: DryTransaction = (ownerId, frame, run) => {
    const step = last.then(async () => {
      requireOpen()
      return inSavepoint(await connection.open(ownerId), frame, run)
    })
    last = step.catch(() => {})
    return step
  }

  try {
    return await work(Object.assign(Object.create(db), { dryTransaction: transaction }))
  } finally {
    hasEnded = true
    await last
    await connection.close()
  }
}

async function inSavepoint<T>(
  client: pg.PoolClient,
  frame: string,
  run: (tx: Db) => Promise<T>,
): Promise<T> {
  try {
    await client.query(`savepoint dry; ${unframed}; ${frame}`)
    const outcome = await run(drizzle(client))
    await client.query('release savepoint dry')
    return outcome
  } catch (error) {
    // If this fails, the connection is lost, and the next savepoint fails as well.
    await client.query('rollback to savepoint dry; release savepoint dry').catch(() => {})
    throw error
  }
}

/** A connection in a transaction. `open` takes it in a turn of the owner; `close` ends both. */
function holdLater(pool: pg.Pool, { usage }: Db) {
  let client: Promise<pg.PoolClient> | undefined
  let turn: Promise<void> | undefined
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })

  async function hold(resolve: (client: pg.PoolClient) => void): Promise<void> {
    const client = await pool.connect()
    try {
      await client.query(`begin; set local idle_in_transaction_session_timeout = ${maxHeldMs}`)
      resolve(client)
      await ended
    } finally {
      await client.query('rollback').then(() => client.release(), client.release)
    }
  }

  return {
    open(ownerId: string): Promise<pg.PoolClient> {
      client ??= new Promise((resolve, reject) => {
        turn = takeTurn(pool, ownerId, () => hold(resolve), usage).catch(reject)
      })
      return client
    },
    async close(): Promise<void> {
      end()
      await turn
    },
  }
}
