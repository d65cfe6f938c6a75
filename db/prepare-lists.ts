import type pg from 'pg'
import type { Db } from './client.ts'
import { lockKeys, withFreeLock } from './locks.ts'
import { countOwner, listUncountedOwners } from './task-counts.ts'
import { foldOwner, listUnfoldedOwners } from './task-folds.ts'
import { indexOwner, listUnindexedOwners } from './task-grams.ts'

/** Owners that are looked up at once. */
const batchSize = 100

type Databases = { db: Db; pool: pg.Pool }

/**
 * Prepares what the lists of tasks read, for the owners who lack it. One instance works at a time,
 * and on one owner at a time. An abort ends it after the current statement.
 * @returns the number of owners. Undefined: another instance does the work.
 */
export function prepareLists(
  { db, pool }: Databases,
  signal?: AbortSignal,
): Promise<Record<'counted' | 'folded' | 'indexed', number> | undefined> {
  return withFreeLock(pool, lockKeys.listPreparation, async () => ({
    counted: await forEachOwner(
      () => listUncountedOwners(pool, batchSize),
      (ownerId) => countOwner(db, ownerId),
      signal,
    ),
    folded: await forEachOwner(
      () => listUnfoldedOwners(pool, batchSize),
      (ownerId) => foldOwner(db, ownerId, signal),
      signal,
    ),
    indexed: await forEachOwner(
      () => listUnindexedOwners(pool, batchSize),
      (ownerId) => indexOwner(db, ownerId, signal),
      signal,
    ),
  }))
}

/** `list` no longer lists an owner after `prepare`. */
async function forEachOwner(
  list: () => Promise<string[]>,
  prepare: (ownerId: string) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let prepared = 0
  for (let owners = await list(); owners.length > 0; owners = await list()) {
    for (const ownerId of owners) {
      if (signal?.aborted) return prepared
      await prepare(ownerId)
      prepared += 1
    }
  }
  return prepared
}
