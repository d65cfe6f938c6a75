import type pg from 'pg'
import { type Author, taskwardActor } from './as-owner.ts'
import type { Bound, Fields } from './batch.ts'
import type { Db } from './client.ts'
import { runAs } from './statements.ts'

/** Tasks that one statement looks at: some 5 ms, or 150 ms if all need folding. */
const batchSize = 500

/** Owners whose tasks may lack case-folded texts (migration 0010). Those with many tasks come first. */
export async function listUnfoldedOwners(pool: pg.Pool, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select user_id as id from task_counts where not is_folded order by is_searchable desc limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Stores the case-folded texts of an owner's tasks from before migration 0010, and merges labels that
 * fold alike: it writes the tasks again, unchanged, and the trigger does the rest. An abort ends it
 * after the current batch, and the next call begins again.
 */
export async function foldOwner(db: Db, ownerId: string, signal?: AbortSignal): Promise<void> {
  const author: Author = { ownerId, actor: taskwardActor }
  const run = async (name: string, text: string, ...values: string[]): Promise<Fields[]> => {
    const bound: Bound = { name, text, values: [ownerId, ...values] }
    return (await runAs(db, author, [bound]))[0] ?? []
  }
  // First, and in a transaction of its own: the trigger then inserts none that a writer waits for.
  await run('fold labels', foldLabels)
  let after: string | null | undefined = '00000000-0000-0000-0000-000000000000'
  while (after) {
    const batch = await run('fold batch', foldBatch, after)
    // One at a time, because it waits for its writer: it must hold no other lock meanwhile.
    for (const [id, isLeft] of batch) if (isLeft === 't') await run('fold task', foldTask, id ?? '')
    if (signal?.aborted) return
    after = batch.length < batchSize ? undefined : batch.at(-1)?.[0]
  }
  await run('folded', markFolded)
}

const foldLabels = `
  insert into labels
  select user_id, fold_key(key), name from labels
   where user_id = $1 and has_foldings(key) order by key on conflict do nothing`

/** Leaves out what others write now, so that it never waits while it holds locks. */
const foldBatch = `
  with batch as (
    select id, num_nonnulls(folded_title, folded_description, folded_labels) = 0 and
           has_foldings(concat_ws(' ', title_key, description_key, array_to_string(label_keys, ' ')))
           as is_unfolded
      from tasks where user_id = $1 and id > $2::uuid order by id limit ${batchSize}
  ), unfolded as (
    select id from tasks
     where user_id = $1 and id in (select id from batch where is_unfolded)
       for no key update skip locked
  ), folded as (
    update tasks set title_key = title_key from unfolded
     where user_id = $1 and tasks.id = unfolded.id
  )
  select id, is_unfolded and id not in (select id from unfolded) as is_left from batch order by id`

const foldTask = 'update tasks set title_key = title_key where user_id = $1 and id = $2::uuid'

const markFolded = 'update task_counts set is_folded = true where user_id = $1'
