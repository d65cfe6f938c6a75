import { AsyncLocalStorage } from 'node:async_hooks'
import type pg from 'pg'
import { type Availability, hasCause } from './availability.ts'
import { createFairQueue, type FairQueue, QueueFull } from './fair-queue.ts'

/** What one owner may have, and all owners together (docs/decisions/0020-shares-of-the-database.md). */
const bounds = {
  /** Connections that one owner's statements hold at once: of 10, all others have the rest. */
  maxRunningPerKey: 2,
  maxWaitingPerKey: 300,
  maxWaiting: 1_000,
  maxWaitMs: 5_000,
  /** Beyond the 1 to 20 ms of an honest statement, an owner waits as long as the statement took. */
  restMs: (tookMs: number) => Math.min(tookMs - 20, 200),
}

/** Too many statements of the owner wait already. This one was not begun. */
export class OwnerBusy extends Error {}

/** Whether this is the reason, however many libraries have wrapped it. */
export function isOwnerBusy(error: unknown): boolean {
  return hasCause(error, OwnerBusy)
}

type Shares = { queue: FairQueue; availability: Availability }

const shares = new WeakMap<pg.Pool, Shares>()

/** Owners of the pool have a bounded share of its connections from now on. */
export function shareConnections(pool: pg.Pool, availability: Availability): void {
  const queue = createFairQueue({ ...bounds, maxRunning: pool.options.max })
  shares.set(pool, { queue, availability })
}

/**
 * Runs what needs one connection of the pool when it is the owner's turn. It must not call itself:
 * who waits for a second turn while holding one could wait for themselves.
 * @throws OwnerBusy when too much of the owner waits; DatabaseBusy when too much of all owners does.
 */
export async function takeTurn<T>(
  pool: pg.Pool,
  ownerId: string,
  work: () => Promise<T>,
): Promise<T> {
  const share = shares.get(pool)
  if (!share) return work()
  const usage = usages.getStore()
  const task = usage ? () => measure(usage, work) : work
  return share.queue.run(ownerId, task).catch((error: unknown) => {
    if (!(error instanceof QueueFull)) throw error
    if (error.scope === 'ALL') throw share.availability.refused('Too many statements are waiting')
    throw new OwnerBusy('Too many statements of this owner are waiting.')
  })
}

/** `connectionMs`: for how many milliseconds connections were held, added up. */
export type Usage = { connectionMs: number }

const usages = new AsyncLocalStorage<Usage>()

/** Adds to `usage` what the statements of the work use. The time that they wait does not count. */
export function measureUsage<T>(usage: Usage, work: () => T): T {
  return usages.run(usage, work)
}

async function measure<T>(usage: Usage, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  try {
    return await work()
  } finally {
    usage.connectionMs += performance.now() - start
  }
}
