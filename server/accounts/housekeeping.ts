import type { Pool } from 'pg'
import { deleteOrphanedBrakes } from '#db/actor-brakes.ts'
import { deleteRefreshResponses } from '#db/app-grants.ts'
import type { Db } from '#db/client.ts'
import { deleteExpired, type ExpiringKind, expiringKinds } from '#db/expired-rows.ts'
import { lockKeys, withFreeLock } from '#db/locks.ts'
import { deleteOldCreations } from '#db/old-creations.ts'
import { deleteOldChanges, purgeOldTrash } from '#db/old-history.ts'
import { forceRowSecurityOf } from '#db/row-security.ts'
import type { Logger } from '../log/log.ts'
import { createRegistrationSweep } from '../oauth/unused-registrations.ts'
import type { Auth } from './auth.ts'
import { runHourly } from './hourly.ts'

type HousekeepingOptions = {
  auth: Pick<Auth, '$context'>
  db: Db
  pool: Pool
  /** How long tasks stay in the trash, and changes in the history. */
  times: { trashDays: number; historyDays: number }
  log: Logger
  /** Called after each round with the number of deleted rows by kind. */
  onRound?: (deleted: Record<string, number>) => void
  /** Milliseconds since 1970. */
  now?: () => number
}

/**
 * Rows that one statement deletes. Small, so that a statement takes milliseconds and blocks no
 * request.
 */
const batchSize = 1_000
/** In one round. The next rounds delete the rest. */
const maxBatches = 100

/**
 * Deletes expired rows when it starts and then every hour, and restores policies that an interrupted
 * backup has lifted. One instance works at a time.
 * @returns a function that stops it and resolves after the current batch.
 */
export function startHousekeeping({
  log,
  onRound,
  ...options
}: HousekeepingOptions): () => Promise<void> {
  const deleteOldRows = createHousekeeping(options)
  return runHourly(async (signal) => {
    try {
      const deleted = await deleteOldRows(signal)
      if (deleted) onRound?.(deleted)
      if (deleted && Object.values(deleted).some(Boolean))
        log.info(deleted, 'Old rows were deleted')
    } catch (err) {
      log.error({ err }, 'Old rows were not deleted')
    }
  })
}

/**
 * Returns a function that runs one round. It resolves to undefined if another instance is running
 * one.
 */
export function createHousekeeping({
  auth,
  db,
  pool,
  times,
  now = Date.now,
}: Omit<HousekeepingOptions, 'log' | 'onRound'>) {
  const sweepRegistrations = createRegistrationSweep(auth)
  return (signal?: AbortSignal) =>
    withFreeLock(pool, lockKeys.housekeeping, async () => {
      const at = new Date(now())
      const expired = {} as Record<ExpiringKind, number>
      for (const kind of expiringKinds)
        expired[kind] = await inBatches((limit) => deleteExpired(pool, kind, at, limit), signal)
      const deleted = {
        idempotencyKeys: await inBatches((limit) => deleteOldCreations(pool, at, limit), signal),
        refreshResponses: await inBatches(
          (limit) => deleteRefreshResponses(pool, at, limit),
          signal,
        ),
        purgedTasks: await inBatches(
          (limit) => purgeOldTrash({ db, pool }, daysBefore(at, times.trashDays), limit),
          signal,
        ),
        changes: await inBatches(
          (limit) => deleteOldChanges({ db, pool }, daysBefore(at, times.historyDays), limit),
          signal,
        ),
        ...expired,
        tokenLimits: await inBatches((limit) => deleteOrphanedBrakes(pool, limit), signal),
        registrations: signal?.aborted ? 0 : await sweepRegistrations(at, signal),
      }
      if (!signal?.aborted) await forceRowSecurityOf(pool)
      return deleted
    })
}

const daysBefore = (at: Date, days: number) => new Date(at.getTime() - days * 86_400_000)

async function inBatches(
  deleteSome: (limit: number) => Promise<number>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let deleted = 0
  for (let n = 0; n < maxBatches && !signal?.aborted; n++) {
    const some = await deleteSome(batchSize)
    deleted += some
    if (some < batchSize) break
  }
  return deleted
}
