import type { Bound } from './batch.ts'

/**
 * Waits for the running writers of an owner's tasks; new ones wait until the transaction ends. Each
 * writer takes this lock shared in the first trigger of its row (announce_task).
 */
export function lockOwner(ownerId: string): Bound {
  const text = 'select pg_advisory_xact_lock(hashtextextended($1, 0))'
  return { name: 'lock owner', text, values: [ownerId] }
}
