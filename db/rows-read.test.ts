import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { positionOf, type TaskOrder } from './pages.ts'
import type { TaskFilter } from './task-filter.ts'
import { listTasks } from './task-lists.ts'
import { databaseForFile } from './testing/database.ts'
import { createExplainer, nodesOf, type PlanNode } from './testing/explain.ts'
import { writeRows } from './testing/write-rows.ts'

/*
 * The performance budget of the lists: how many rows Postgres reads for a page of 21. It counts rows,
 * so it does not depend on the machine. A filter without an index of its own reads the rows that it
 * skips, so its budget follows from the share of the tasks that match.
 */

const { db, pool, url } = await databaseForFile()
const { recordStatements, explain, close } = createExplainer(url)
afterAll(close)

const ada = 'owner-1'
const limit = 21

beforeAll(async () => {
  await writeRows(pool, '', fill)
  await pool.query('vacuum analyze tasks')
})

const newest: TaskOrder = { field: 'CREATED_AT', direction: 'DESC' }
const budgets: [string, TaskFilter, TaskOrder, number][] = [
  ['the newest', {}, newest, limit],
  ['the last changed', {}, { field: 'UPDATED_AT', direction: 'DESC' }, limit],
  ['the next due', {}, { field: 'DUE_ON', direction: 'ASC' }, limit],
  ['the most urgent', {}, { field: 'PRIORITY', direction: 'DESC' }, limit],
  ['the first by title', {}, { field: 'TITLE', direction: 'ASC' }, limit],
  ['the newest open ones, two of three tasks', { completed: false }, newest, 32],
  ['the newest with a label, half of the tasks', { labels: ['work'] }, newest, 42],
  ['the newest of a priority, a third of the tasks', { priority: ['HIGH'] }, newest, 63],
]

describe('a page of 21 tasks reads at most as many rows as its budget, for', () => {
  it.each(budgets)('%s', async (_name, filter, order, budget) => {
    const all = await listTasks(db, ada, {}, order, { limit: 1_000, backward: false })
    const middle = all[500]
    for (const after of [undefined, middle && positionOf(order, middle)]) {
      const page = { limit, backward: false, after }
      const [statement] = await recordStatements((db) => listTasks(db, ada, filter, order, page))
      const plan = await explain('analyze, buffers off', ada, statement)
      expect(plan['Actual Rows']).toBe(limit)
      expect(rowsRead(plan)).toBeLessThanOrEqual(budget)
    }
  })
})

/** Rows of tables that the scans returned or dropped. */
function rowsRead(plan: PlanNode): number {
  const scans = nodesOf(plan).filter((node) => node['Relation Name'] !== undefined)
  return scans.reduce((sum, scan) => sum + touched(scan) * Number(scan['Actual Loops']), 0)
}

function touched(scan: PlanNode): number {
  const counts = ['Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck']
  return counts.reduce((sum, count) => sum + Number(scan[count] ?? 0), 0)
}

/** Ten owners with 3,000 tasks each, in the order of their creation. */
const fill = `
  insert into tasks (user_id, id, title, title_key, completed_at, due_on, priority, labels,
                     label_keys, created_at, updated_at)
  select 'owner-' || n % 10, gen_random_uuid(), 'Task ' || n, 'task ' || n,
         case when n / 10 % 3 = 0 then now() end, date '2026-11-01' + (n / 10) % 90,
         (enum_range(null::task_priority))[1 + (n / 10) % 3],
         case when n / 10 % 2 = 0 then '{Home}'::text[] else '{Work}' end,
         case when n / 10 % 2 = 0 then '{home}'::text[] else '{work}' end,
         now() - n * interval '1 minute', now() - (n * 7919) % 30000 * interval '1 minute'
  from generate_series(1, 30000) as n`
