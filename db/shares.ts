import type pg from 'pg'
import { type Availability, hasCause } from './availability.ts'
import { createFairQueue, type FairQueue, QueueFull } from './fair-queue.ts'

/** Limits for one owner and for all owners (docs/decisions/0020-shares-of-the-database.md). */
const bounds = {
  /** Max connections for the statements of one owner, of those in the pool (default 10). */
  maxRunningPerKey: 2,
  maxWaitingPerKey: 300,
  maxWaiting: 1_000,
  maxWaitMs: 5_000,
  /** An ordinary statement takes 1 to 20 ms. After a longer one, the owner waits as long again, at most 200 ms. */
  restMs: (tookMs: number) => Math.min(tookMs - 20, 200),
}

/** Too many statements of the owner are waiting. This one was not started. */
export class OwnerBusy extends Error {}

/** Whether the error, or one of its causes, is OwnerBusy. Libraries wrap errors. */
export function isOwnerBusy(error: unknown): boolean {
  return hasCause(error, OwnerBusy)
}

type Shares = { queue: FairQueue; availability: Availability }

const shares = new WeakMap<pg.Pool, Shares>()

/** From now on, limits the connections of the pool that one owner can use. */
export function shareConnections(pool: pg.Pool, availability: Availability): void {
  const queue = createFairQueue({ ...bounds, maxRunning: pool.options.max })
  shares.set(pool, { queue, availability })
}

/**
 * Runs work that needs one connection of the pool, when it is the owner's turn. `work` must not call
 * takeTurn: it would hold one turn while waiting for another, and could deadlock. Adds the time of
 * the work, without its waiting time, to `usage`.
 * @throws OwnerBusy when too many statements of the owner wait. DatabaseBusy when too many of all
 * owners wait.
 */
export async function takeTurn<T>(
  pool: pg.Pool,
  ownerId: string,
  work: () => Promise<T>,
  usage: Usage = { connectionMs: 0 },
): Promise<T> {
  const share = shares.get(pool)
  if (!share) return work()
  const slot = share.queue.acquire(ownerId)
  const free = slot instanceof Promise ? await slot.catch((error) => refuse(share, error)) : slot
  const start = performance.now()
  try {
    return await work()
  } finally {
    usage.connectionMs += performance.now() - start
    free()
  }
}

function refuse({ availability }: Shares, error: unknown): never {
  if (!(error instanceof QueueFull)) throw error
  if (error.scope === 'ALL') throw availability.refused('Too many statements are waiting')
  throw new OwnerBusy('Too many statements of this owner are waiting.')
}

/** `connectionMs`: the total time that connections were held. */
export type Usage = { connectionMs: number }
