import type pg from 'pg'
import { type Author, taskwardActor } from './as-owner.ts'
import type { Bound } from './batch.ts'
import type { Db } from './client.ts'
import { lockOwner } from './owner-lock.ts'
import { runAs } from './statements.ts'

type Databases = { db: Db; pool: pg.Pool }

/**
 * Deletes up to `limit` tasks for good that came into the trash before `before`. The history names
 * Taskward as the actor.
 * @returns the number of deleted tasks.
 */
export function purgeOldTrash(databases: Databases, before: Date, limit: number): Promise<number> {
  return deleteOld(databases, 'trash_since', { purge, settle: settleTrash }, before, limit)
}

/** Deletes up to `limit` changes of the history from before `before`. @returns their number. */
export function deleteOldChanges(
  databases: Databases,
  before: Date,
  limit: number,
): Promise<number> {
  return deleteOld(
    databases,
    'kept_since',
    { purge: dropChanges, settle: settleHistory },
    before,
    limit,
  )
}

/** Owner by owner, each in a transaction under their lock. `since`: the column that names those with old rows. */
async function deleteOld(
  { db, pool }: Databases,
  since: 'trash_since' | 'kept_since',
  { purge, settle }: { purge: string; settle: string },
  before: Date,
  limit: number,
): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `select user_id as id from task_histories where ${since} < $1 order by ${since} limit $2`,
    [before, limit],
  )
  let deleted = 0
  for (const { id: ownerId } of rows) {
    if (deleted >= limit) break
    const author: Author = { ownerId, actor: taskwardActor, isConnectingRole: true }
    const values = [ownerId, before.toISOString(), String(limit - deleted)]
    const [, purged] = await runAs(db, author, [
      lockOwner(ownerId),
      bind(`delete old ${since}`, purge, values),
      bind(`settle ${since}`, settle, [ownerId]),
    ])
    deleted += purged?.length ?? 0
  }
  return deleted
}

const bind = (name: string, text: string, values: string[]): Bound => ({ name, text, values })

const purge = `
  delete from tasks
   where user_id = $1 and id = any (array(
     select id from tasks where user_id = $1 and deleted_at < $2::timestamptz
      order by deleted_at, id limit $3::bigint))
  returning id`

const settleTrash = `
  update task_histories
     set trash_since = (select min(deleted_at) from tasks where user_id = $1 and deleted_at is not null)
   where user_id = $1`

/** In the order of positions, so that no gap comes into what is kept. */
const dropChanges = `
  with oldest as (
    select "position", occurred_at from task_changes
     where user_id = $1 order by "position" limit $3::bigint
  )
  delete from task_changes
   where user_id = $1 and "position" <= (
     select max("position") from oldest where occurred_at < $2::timestamptz)
  returning "position"`

const settleHistory = `
  update task_histories
     set kept_after = coalesce(oldest."position" - 1, task_histories."position"),
         kept_since = oldest.occurred_at
    from (values (1)) as one (n) left join lateral (
      select "position", occurred_at from task_changes where user_id = $1 order by "position" limit 1
    ) as oldest on true
   where user_id = $1`
