import type pg from 'pg'

/** The policies of `task_creations` have the same 30 days: no younger row can be deleted for its age. */
const maxAge = '30 days'

/**
 * Deletes up to `limit` idempotency keys of any owner that are older than 30 days at `now`, the
 * oldest first.
 * @returns how many were deleted.
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
