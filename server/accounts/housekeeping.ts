import type { Pool } from 'pg'
import { lockKeys, withFreeLock } from '#db/locks.ts'
import { deleteOldCreations } from '#db/old-creations.ts'
import type { Logger } from '../log/log.ts'
import { createRegistrationSweep } from '../oauth/unused-registrations.ts'
import type { Auth } from './auth.ts'

type HousekeepingOptions = {
  auth: Pick<Auth, '$context'>
  pool: Pool
  log: Logger
  /** Milliseconds since 1970. */
  now?: () => number
}

const intervalMs = 60 * 60_000
/** Rows in one statement: it takes some milliseconds, and no request waits for it. */
const batch = 1_000
/** In one round; what is left is deleted in the next ones. */
const maxBatches = 100

/**
 * Deletes what is too old to count, once at the start and then every hour; of several instances one
 * does it. The function it returns ends it, after the batch under way.
 */
export function keepHouse({ log, ...options }: HousekeepingOptions): () => Promise<void> {
  const ended = new AbortController()
  const clearOld = createHousekeeping({ ...options, signal: ended.signal })
  let round: Promise<unknown> = Promise.resolve()
  const clear = () => {
    round = clearOld()
      .then((cleared) => {
        if (cleared && Object.values(cleared).some(Boolean))
          log.info(cleared, 'Old rows were deleted')
      })
      .catch((err) => log.error({ err }, 'Old rows were not deleted'))
  }
  const timer = setInterval(clear, intervalMs).unref()
  clear()
  return async () => {
    clearInterval(timer)
    ended.abort()
    await round
  }
}

type Parts = Omit<HousekeepingOptions, 'log'> & { signal?: AbortSignal }

/** One round of it. Undefined: another instance is at it. */
export function createHousekeeping({ auth, pool, now = Date.now, signal }: Parts) {
  const sweepRegistrations = createRegistrationSweep(auth)
  return () =>
    withFreeLock(pool, lockKeys.housekeeping, async () => ({
      idempotencyKeys: await inBatches(
        (limit) => deleteOldCreations(pool, new Date(now()), limit),
        signal,
      ),
      registrations: signal?.aborted ? 0 : await sweepRegistrations(new Date(now()), signal),
    }))
}

async function inBatches(
  deleteSome: (limit: number) => Promise<number>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let deleted = 0
  for (let n = 0; n < maxBatches && !signal?.aborted; n++) {
    const some = await deleteSome(batch)
    deleted += some
    if (some < batch) break
  }
  return deleted
}
