import type pg from 'pg'

/** Max connections of the two pools of a process (client.ts), if DATABASE_POOL_MAX is unset. */
export const defaultPoolMax = 20

/**
 * Three tasks of an instance may each hold a connection of one pool while they wait for another one
 * (locks.ts), so a pool needs four.
 */
export const minPoolMax = 8

/** Half of the connections for accounts, the others for rows of users. */
export function splitPoolMax(poolMax: number): { accounts: number; rows: number } {
  const accounts = Math.floor(poolMax / 2)
  return { accounts, rows: poolMax - accounts }
}

/** Max connections of a process in total. One more than in its pools, which listens (changes.ts). */
export function maxConnections(poolMax: number): number {
  return poolMax + 1
}

/** How many connections the database allows in total to the user of the pool. */
export async function readConnectionLimit(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(
    `select least(
       current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0),
       (select nullif(datconnlimit, -1) from pg_database where datname = current_database()),
       (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user)) as connections`,
  )
  return rows[0].connections
}
