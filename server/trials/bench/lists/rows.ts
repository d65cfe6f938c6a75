import pg from 'pg'
import { countOwner } from '#db/task-counts.ts'
import { indexOwner } from '#db/task-grams.ts'
import { insertTasks } from '../latency/rows.ts'
import type { Bench } from './postgres.ts'

/** Owners with 1,100, 111,000 and 1,000,000 tasks. Their rows are mixed, as years of use would. */
export const owners = { few: 'owner-few', many: 'owner-many', deep: 'owner-deep' }

const rowCount = 1_223_200
const batchRows = 11_120
/** 997 other owners share as many rows as `many` has. */
const owner = `case
  when n % 1112 = 0 then '${owners.few}'
  when n % 11 = 1 then '${owners.many}'
  when n % 11 = 2 then 'owner-' || n % 997
  else '${owners.deep}'
end`

/** Without triggers, which take longer for each row; then what they keep is created. */
export async function fillTasks({ pool, db }: Bench): Promise<void> {
  const client = new pg.Client({ ...pool.options, query_timeout: undefined })
  await client.connect()
  await client.query('set session_replication_role = replica')
  for (let from = 1; from <= rowCount; from += batchRows) {
    await client.query(insertTasks(owner, rowCount), [from, from + batchRows - 1])
    process.stderr.write(`\r${from + batchRows - 1} rows`)
  }
  process.stderr.write('\n')
  for (const ownerId of Object.values(owners)) await countOwner(db, ownerId)
  await indexOwner(db, owners.many)
  await client.query('vacuum analyze')
  await client.end()
}
