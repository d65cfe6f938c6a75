import type { Database } from '#db/client.ts'

/** Every request counts its points, and an open stream renews its lease, also without a change. */
const ignored = `'rate_limits', 'followed_owners'`

/** The number of rows and a hash of all rows, for each table that mutations may write. */
export async function readTableState(pool: Database['pool']): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query(
    `select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'
        and table_name not in (${ignored})
      order by 1`,
  )
  const parts = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(r::text, ' ' order by r::text)), '')
         as state from ${name} r`,
  )
  const { rows } = await pool.query(parts.join(' union all '))
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]))
}
