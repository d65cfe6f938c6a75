import type pg from 'pg'

/**
 * Seconds that the clock of this machine is ahead of the clock of the database, negative if behind.
 * Half of the time of the query is uncertain.
 */
export async function measureClockSkew(
  pool: pg.Pool,
  now: () => number = Date.now,
): Promise<number> {
  const before = now()
  const { rows } = await pool.query(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  )
  return ((before + now()) / 2 - rows[0].ms) / 1_000
}
