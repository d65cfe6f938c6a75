import type pg from 'pg'
import { vi } from 'vitest'

/** Resolves when `work` waits for a lock, or has ended. */
export async function untilBlocked(pool: pg.Pool, work: Promise<unknown>): Promise<void> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  work.then(settle, settle)
  await vi.waitFor(async () => {
    if (isSettled || (await countBlocked(pool)) > 0) return
    throw new Error('It neither waits for a lock nor has it ended.')
  })
}

async function countBlocked(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(
    `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0].count
}
