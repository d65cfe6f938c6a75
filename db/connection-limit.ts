import type pg from 'pg'

/** Max connections of one process: ten in each of two pools (client.ts), and one that listens. */
export const maxConnections = 21

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
