import type { Bound } from './batch.ts'

/**
 * Waits for the running writer of an owner's tasks; new ones wait until the transaction ends. Each
 * statement that writes tasks takes this lock first (begin_change of migration 0013), and a transaction
 * of several statements before them all (as-owner.ts).
 */
export function lockOwner(ownerId: string): Bound {
  const text = 'select pg_advisory_xact_lock(hashtextextended($1, 0))'
  return { name: 'lock owner', text, values: [ownerId] }
}
