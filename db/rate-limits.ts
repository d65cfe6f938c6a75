import type pg from 'pg'

/** The table in which instances share their counters, for rate-limiter-flexible. */
export const rateLimitTable = 'rate_limits'

/** Points that one instance has spent of a key. */
export type Spent = { key: string; points: number }

/** The points that all instances have spent of a key. `millisLeft`: time until the window ends. */
export type Total = Spent & { millisLeft: number }

/**
 * Adds the points that one instance has spent of each key, in one statement. When the window of a
 * key has ended, its count starts again.
 */
export async function addSpent(
  pool: pg.Pool,
  spent: readonly Spent[],
  windowMs: number,
): Promise<Total[]> {
  const { rows } = await pool.query<Total>(
    `with clock as (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now)
     insert into rate_limits as total (key, points, expire)
     select spent.key, spent.points, now + $3
     from clock, unnest($1::text[], $2::int[]) as spent (key, points)
     order by spent.key -- one order, so that two instances cannot deadlock
     on conflict (key) do update set
       points = excluded.points
         + case when total.expire > excluded.expire - $3 then total.points else 0 end,
       expire =
         case when total.expire > excluded.expire - $3 then total.expire else excluded.expire end
     returning key, points,
       (expire - extract(epoch from clock_timestamp()) * 1000)::int as "millisLeft"`,
    [spent.map(({ key }) => key), spent.map(({ points }) => points), windowMs],
  )
  return rows
}
