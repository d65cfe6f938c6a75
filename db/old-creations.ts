import type pg from 'pg'

/** The RLS policies of `task_creations` use the same 30 days and protect newer rows. */
const maxAge = '30 days'

/**
 * Deletes up to `limit` idempotency keys, of all owners, that are older than 30 days at `now`. The
 * oldest are deleted first.
 * @returns the number of deleted keys.
 */
export async function deleteOldCreations(
  pool: pg.Pool | pg.ClientBase,
  now: Date,
  limit: number,
): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from task_creations where ctid = any (array(
       select ctid from task_creations where created_at < $1::timestamptz - interval '${maxAge}'
        order by created_at limit $2))`,
    [now, limit],
  )
  return rowCount ?? 0
}
