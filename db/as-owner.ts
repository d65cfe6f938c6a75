import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Actor } from './actors.ts'
import { type ActorPaused, actorPaused, findBrakeRefusal, pauseActor } from './brake.ts'
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

/** Whose tasks are written, and who writes them. The history names the actor. */
export type Author = {
  ownerId: string
  actor: Actor
  /**
   * Runs as the role that connects. It may also delete tasks and history, and change the brake, which
   * the role of requests may not.
   */
  isConnectingRole?: true
}

/** The owner whose rows are read, or the author who writes them. */
export type Owner = string | Author

export function ownerIdOf(owner: Owner): string {
  return typeof owner === 'string' ? owner : owner.ownerId
}

/** What Taskward itself does with the tasks of its users, such as purging old ones from the trash. */
export const taskwardActor: Actor = { kind: 'APP', id: 'taskward', name: 'Taskward' }

const namesOwner = (owner: string) => `set_config('taskward.owner', ${owner}, true) is null`
const namesActor = (actor: string) => `set_config('taskward.actor', ${actor}, true) is null`

/**
 * The statement that comes first in every transaction on rows. Row-level security then limits each
 * statement to the rows of the owner, even if it has no WHERE. The triggers of `tasks` refuse a change
 * without an actor. The settings are local to the transaction. If one fails, Postgres rejects the rest
 * of the transaction. The statement returns no row, because no setting is null.
 */
const readerFrame = (owner: string) => `select where ${becomeRole} is null or ${namesOwner(owner)}`
const authorFrame = (owner: string, actor: string) =>
  `${readerFrame(owner)} or ${namesActor(actor)}`
const connectingFrame = (owner: string, actor: string) =>
  `select where set_config('role', 'none', true) is null or ${namesOwner(owner)} or ${namesActor(actor)}`

const frames = {
  reader: { name: 'reader', text: readerFrame('$1') },
  author: { name: 'author', text: authorFrame('$1', '$2') },
  connecting: { name: 'connecting', text: connectingFrame('$1', '$2') },
}

/** The frame with its values, for a batch. */
export function bindFrame(owner: Owner): { name: string; text: string; values: string[] } {
  if (typeof owner === 'string') return { ...frames.reader, values: [owner] }
  const { ownerId, actor, isConnectingRole } = owner
  return {
    ...(isConnectingRole ? frames.connecting : frames.author),
    values: [ownerId, JSON.stringify(actor)],
  }
}

/** The frame as text. An author also takes the lock of the owner first, see owner-lock.ts. */
function writeFrame(owner: Owner): string {
  if (typeof owner === 'string') return readerFrame(pg.escapeLiteral(owner))
  const id = pg.escapeLiteral(owner.ownerId)
  const actor = pg.escapeLiteral(JSON.stringify(owner.actor))
  const frame = owner.isConnectingRole ? connectingFrame(id, actor) : authorFrame(id, actor)
  return `${frame}; select pg_advisory_xact_lock(hashtextextended(${id}, 0))`
}

/**
 * Runs several statements as an owner in one transaction. For an author, no other writer of the owner
 * runs meanwhile.
 * @throws DatabaseUnavailable also when the connection is lost during the commit: the transaction may
 * have been committed or not.
 */
export async function transactionAs<T>(
  db: Db,
  owner: Owner,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const pool = db.$client
  if (!(pool instanceof pg.Pool)) throw new Error('A transaction must begin on a pool.')
  if (db.dryTransaction) return db.dryTransaction(ownerIdOf(owner), writeFrame(owner), work)
  const run = () => runTransaction(pool, owner, work)
  return keepPause(pool, owner, () => takeTurn(pool, ownerIdOf(owner), run, db.usage))
}

/**
 * If the brake refuses what the author writes, the author is paused. Only for transactions that would
 * be committed: a dry run pauses no actor.
 */
export async function keepPause<T>(
  pool: pg.Pool,
  owner: Owner,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const refusal = findBrakeRefusal(error)
    if (refusal && !refusal.isPaused && typeof owner !== 'string') {
      const connecting = { ...owner, isConnectingRole: true } as const
      const isNew = await runTransaction(pool, connecting, (tx) => pauseActor(tx, owner, refusal))
      if (isNew) pool.emit(actorPaused, owner satisfies ActorPaused)
    }
    throw error
  }
}

async function runTransaction<T>(
  pool: pg.Pool,
  owner: Owner,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query(`begin; ${writeFrame(owner)}`)
    const outcome = await work(drizzle(client))
    await client.query('commit')
    client.release()
    return outcome
  } catch (error) {
    await client.query('rollback').then(() => client.release(), client.release)
    throw error
  }
}
