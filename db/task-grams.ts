import type pg from 'pg'
import type { Bound } from './batch.ts'
import type { Db } from './client.ts'
import { lockOwner } from './owner-lock.ts'
import { runAs } from './statements.ts'

/** Owners with fewer tasks get no index: reading all of them takes some 4 ms. */
const minTasks = 2_000
/** Tasks that one statement indexes: some 100 ms. */
const batchSize = 500

/** Owners with many tasks and no index of grams. Like listUncountedOwners. */
export async function listUnindexedOwners(pool: pg.Pool, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select user_id as id from task_counts
      where not is_searchable and (select sum(count) from unnest(counts) as count) >= $1 limit $2`,
    [minTasks, limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Creates the grams of an owner's tasks, so that searches use them (migration 0009). First the
 * triggers are made to keep grams; the lock makes sure that no running writer has missed that. An
 * abort ends it after the current batch, and the next call begins again.
 */
export async function indexOwner(db: Db, ownerId: string, signal?: AbortSignal): Promise<void> {
  await runAs(db, ownerId, [lockOwner(ownerId), bind('keep grams', keepGrams, ownerId)])
  let after: string | null | undefined = '00000000-0000-0000-0000-000000000000'
  while (after && !signal?.aborted) {
    const [rows] = await runAs(db, ownerId, [bind('index batch', indexBatch, ownerId, after)])
    after = rows?.[0]?.[0]
  }
  if (!signal?.aborted) await runAs(db, ownerId, [bind('searchable', makeSearchable, ownerId)])
}

function bind(name: string, text: string, ...values: string[]): Bound {
  return { name, text, values }
}

const keepGrams = `
  update task_counts set search_key = floor(random() * 2147483647)::int
   where user_id = $1 and search_key is null`

/** A task that the triggers have indexed meanwhile stays as it is. The lock keeps tasks from being deleted. */
const indexBatch = `
  with batch as (
    select id, user_id, title_key, description_key, label_keys from tasks
     where user_id = $1 and id > $2::uuid order by id limit ${batchSize} for key share
  ), written as (
    insert into task_grams
    select id, user_id,
           search_grams(searched_bytes(title_key, description_key, label_keys), search_key, 1)
      from batch join task_counts using (user_id)
     where not exists (select from task_grams where id = batch.id and user_id = batch.user_id)
    on conflict do nothing
  )
  select id from batch order by id desc limit 1`

const makeSearchable = 'update task_counts set is_searchable = true where user_id = $1'
