import type pg from 'pg'

/**
 * The keys of the advisory locks. The numbers are arbitrary, must differ and must never change:
 * old and new versions run at the same time during a deployment. The locks on owners use 64-bit
 * hashes as keys (followed-owners.ts, task-counts.ts and the triggers of `tasks`).
 */
export const lockKeys = {
  /** Reserves an embedded cluster for one process, see embedded/guard.ts. A session lock. */
  cluster: 7_401_001,
  /** One process migrates at a time, see migrate.ts. */
  migration: 7_401_002,
  /** One instance rotates signing keys at a time, see server/accounts/key-rotation.ts. */
  keyRotation: 7_401_003,
  /** One instance deletes old rows at a time, see server/accounts/housekeeping.ts. */
  housekeeping: 7_401_004,
  /** One instance prepares lists of tasks at a time, see prepare-lists.ts. */
  listPreparation: 7_401_005,
  /** Policies do not apply to the owner of the tables meanwhile, see row-security.ts. A session lock. */
  backup: 7_401_006,
} as const

type LockKey = (typeof lockKeys)[keyof typeof lockKeys]

/** Waits for the lock, then runs `work`. One process at a time does so, on any instance. */
export function withLock<T>(pool: pg.Pool, key: LockKey, work: () => Promise<T>): Promise<T> {
  return inLockTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [key])
    return work()
  })
}

/** Runs `work` if the lock is free. Undefined: another process holds it, and `work` was not run. */
export function withFreeLock<T>(
  pool: pg.Pool,
  key: LockKey,
  work: () => Promise<T>,
): Promise<T | undefined> {
  return inLockTransaction(pool, async (client) => {
    const { rows } = await client.query('select pg_try_advisory_xact_lock($1) as locked', [key])
    return rows[0]?.locked ? work() : undefined
  })
}

/**
 * The lock belongs to a transaction, which is idle while `work` uses other connections. So it also
 * works behind a transaction pooler, and ends when the process dies.
 */
async function inLockTransaction<T>(
  pool: pg.Pool,
  run: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    const outcome = await run(client)
    await client.query('commit')
    client.release()
    return outcome
  } catch (error) {
    client.release(true)
    throw error
  }
}
