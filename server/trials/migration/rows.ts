import pg from 'pg'
import type { Database } from '#db/client.ts'
import { indexOwner } from '#db/task-grams.ts'
import { countOwnerBefore } from '#db/testing/version-before.ts'
import { insertTasks } from '../bench/latency/rows.ts'

const batchRows = 10_000
const otherOwners = 980

/**
 * Seeds tasks at the version before: a fiftieth of them of `many`, a thousandth of `few`, the rest of
 * 980 other owners. One task in ten has letters that full case folding changes.
 */
export async function seedTasks(
  { pool, db }: Database,
  { many, few, count }: { many: string; few: string; count: number },
): Promise<void> {
  const client = new pg.Client({ ...pool.options, query_timeout: undefined })
  await client.connect()
  await client.query('set session_replication_role = replica') // triggers take longer for each row
  const owner = `case when n % 50 = 0 then $3 when n % 1000 = 1 then $4
    else 'owner-' || n % ${otherOwners} end`
  for (let from = 1; from <= count; from += batchRows) {
    await client.query(insertTasks(owner, count), [from, from + batchRows - 1, many, few])
    process.stderr.write(`\r${from + batchRows - 1} tasks`)
  }
  process.stderr.write('\n')
  await client.query(insertLabels)
  const others = Array.from({ length: otherOwners }, (_, n) => `owner-${n}`)
  await client.query(addLetters)
  for (const ownerId of [many, few, ...others]) await countOwnerBefore(db, ownerId)
  await indexOwner(db, many)
  await client.query('vacuum analyze')
  await client.end()
}

const addLetters = `
  update tasks set title = 'Straße ' || title, title_key = 'straße ' || title_key
   where get_byte(uuid_send(id), 15) % 10 = 0`

const insertLabels = `
  insert into labels (user_id, key, name)
  select distinct user_id, lower(label), label from tasks, unnest(labels) as label
  on conflict do nothing`
