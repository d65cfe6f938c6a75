import { eq, type SQL, sql } from 'drizzle-orm'
import type pg from 'pg'
import type { Db } from './client.ts'
import { lockOwner } from './owner-lock.ts'
import { runAs, sqlBuilder } from './statements.ts'
import { taskCounts, taskPriority } from './tables.ts'
import type { TaskFilter } from './task-filter.ts'

/**
 * A subquery for the number of matching tasks that reads one row of `task_counts`. It is null for an
 * owner who is not counted yet. Undefined: the filter has conditions that the row knows nothing of.
 */
export function keptCount({ completed, priority, ...others }: TaskFilter): SQL | undefined {
  if (Object.values(others).some((value) => value !== undefined)) return undefined
  const states = [false, true].filter((state) => completed === undefined || completed === state)
  const numbers = taskPriority.enumValues.map((_name, rank) => {
    const places = states.map((state) => 1 + rank + (state ? taskPriority.enumValues.length : 0))
    const sum = sql.raw(places.map((place) => `counts[${place}]`).join(' + '))
    if (priority === undefined) return sum
    const isWanted = sql`${sql.raw(`${rank}`)} = any(${sql.placeholder('ranks')}::smallint[])`
    return sql`case when ${isWanted} then ${sum} else 0 end`
  })
  const kept = sqlBuilder
    .select({ count: sql.join(numbers, sql` + `) })
    .from(taskCounts)
    .where(eq(taskCounts.userId, sql.placeholder('ownerId')))
  return sql`${kept}`
}

/** Owners without a row. Only the role that connects may see that, see migration 0008. */
export async function listUncountedOwners(pool: pg.Pool, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from "user"
      where not exists (select from task_counts where user_id = "user".id) limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Counts the tasks of an owner, so that the triggers keep the numbers from then on. It waits for
 * running writers of the owner, and they wait for it: 100,000 tasks take some 50 ms.
 */
export async function countOwner(db: Db, ownerId: string): Promise<void> {
  await runAs(db, ownerId, [
    lockOwner(ownerId),
    { name: 'count owner', text: countOwnerText, values: [ownerId] },
  ])
}

const countOwnerText = `
  insert into task_counts
  select $1, array(
    select count(id) from generate_series(1, 6) as place
      left join tasks on user_id = $1
           and place = count_place(deleted_at, completed_at, priority_rank)
     group by place order by place)
  on conflict do nothing`
