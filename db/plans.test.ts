import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from './client.ts'
import { listLabels } from './labels.ts'
import { positionOf, type TaskOrder } from './pages.ts'
import { everyColumn } from './task-columns.ts'
import type { TaskFilter } from './task-filter.ts'
import { countTasks, listTasks, readPage } from './task-lists.ts'
import { createTask, findTask, findTasks, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { createExplainer, nodesOf, type PlanNode } from './testing/explain.ts'
import { by, newTask } from './testing/tasks.ts'
import { writeRows } from './testing/write-rows.ts'
import { deleteCompletedTasks, deleteTask } from './trash.ts'

const { db, pool, url } = await databaseForFile()

const { recordStatements, explain, close } = createExplainer(url)
afterAll(close)

const ada = 'owner-1'
const aTime = '2026-11-24T12:00:00.000Z'

const filters: TaskFilter[] = [
  {},
  { completed: true },
  { completed: false },
  { priority: ['HIGH'] },
  { priority: ['LOW', 'HIGH'] },
  { labels: ['work'] },
  { labels: ['work', 'home'] },
  { dueOnOrAfter: '2026-12-01' },
  { dueOnOrBefore: '2026-12-31' },
  { dueOnOrAfter: '2026-12-01', dueOnOrBefore: '2026-12-07' },
  { search: 'notes' },
  { completed: false, priority: ['HIGH'], labels: ['work'], search: 'notes' },
]
const newestFirst: TaskOrder = { field: 'CREATED_AT', direction: 'DESC' }
const bounds = ['after', 'from', 'before', 'upTo']
const orders: TaskOrder[] = (
  ['CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE'] as const
).flatMap((field) => (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })))

beforeAll(async () => {
  await writeRows(pool, '', fill)
  await pool.query('analyze')
})

describe.each(filters)('with the filter %o', (filter) => {
  it.each(orders)('reads a page by $field $direction from an index of its owner', async (order) => {
    const [task] = await listTasks(db, ada, {}, order, { limit: 1, backward: false })
    const position = task && positionOf(order, task)
    for (const page of [{}, ...bounds.map((bound) => ({ [bound]: position }))]) {
      for (const backward of [false, true]) {
        await expectOwnersIndex((db) =>
          listTasks(db, ada, filter, order, { limit: 21, backward, ...page }),
        )
      }
    }
  })

  it.each([true, false])(
    'reads all parts of a page from an index of its owner (backward: %s)',
    async (backward) => {
      const [task] = await listTasks(db, ada, {}, newestFirst, { limit: 1, backward: false })
      const position = task && positionOf(newestFirst, task)
      const page = { limit: 20, backward, after: position, before: position }
      const parts = { tasks: true, beyond: true, totalCount: true }
      const request = { filter, order: newestFirst, page, columns: everyColumn, parts }
      await expectOwnersIndex((db) => readPage(db, ada, request))
    },
  )

  it('reads the count from an index of its owner', () =>
    expectOwnersIndex((db) => countTasks(db, ada, filter)))
})

describe('an index of the owner serves', () => {
  it.each<[string, (db: Db, id: string) => Promise<unknown>]>([
    ['findTask', (db, id) => findTask(db, ada, id)],
    ['findTasks', (db, id) => findTasks(db, ada, [id, id])],
    ['listLabels', (db) => listLabels(db, ada)],
    ['createTask', (db) => createTask(db, by(ada), newTask({ labels: ['WORK', 'Garden'] }), 'key')],
    [
      'createTask, again',
      (db) => createTask(db, by(ada), newTask({ labels: ['WORK', 'Garden'] }), 'key'),
    ],
    ['updateTask', (db, id) => updateTask(db, by(ada), id, { labels: ['work'] }, aTime)],
    ['updateTask with labels', (db, id) => updateTask(db, by(ada), id, { labels: ['Orchard'] })],
    ['deleteTask', (db, id) => deleteTask(db, by(ada), id)],
    ['deleteCompletedTasks', (db) => deleteCompletedTasks(db, by(ada))],
  ])('%s', async (_name, ask) => {
    const order = { field: 'CREATED_AT', direction: 'ASC' } as const
    const [task] = await listTasks(db, ada, { completed: true }, order, {
      limit: 1,
      backward: false,
    })
    await expectOwnersIndex((db) => ask(db, task?.id ?? ''))
  })
})

it('counts the tasks of a priority without reading them', async () => {
  const [statement] = await recordStatements((db) => countTasks(db, ada, { priority: ['HIGH'] }))
  expect(nodesOf(await explain('costs', ada, statement))).toContainEqual(
    expect.objectContaining({
      'Index Cond': expect.stringMatching(/user_id.* AND .*priority_rank/),
    }),
  )
})

describe('reading a page far down the list', () => {
  it.each(orders)('by $field $direction starts at the position', async (order) => {
    const all = await listTasks(db, ada, {}, order, { limit: 1000, backward: false })
    const nearTheEnd = all.at(-30)
    const after = nearTheEnd && positionOf(order, nearTheEnd)
    const page = { limit: 21, backward: false, after }
    const [statement] = await recordStatements((db) => listTasks(db, ada, {}, order, page))
    const plan = await explain('analyze', ada, statement)
    expect(nodesOf(plan).filter((node) => 'Index Name' in node)).toEqual([
      expect.objectContaining({
        'Node Type': 'Index Scan',
        'Index Cond': expect.stringMatching(/user_id.* AND .*ROW\(/),
        'Actual Rows': 21,
      }),
    ])
    const filters = nodesOf(plan).flatMap((node) => node.Filter ?? [])
    expect(filters).toEqual(['(deleted_at IS NULL)'])
  })
})

/** Checks the plan for these values and the generic plan of the prepared statement. */
async function expectOwnersIndex(run: (db: Db) => Promise<unknown>) {
  const statements = await recordStatements(run)
  expect(statements).not.toEqual([])
  for (const { sql, params } of statements) {
    expectOnlyOwnersRows(await explain('costs', ada, { sql, params }))
    expectOnlyOwnersRows(await explain('generic_plan', ada, { sql, params: [] }))
  }
}

function expectOnlyOwnersRows(plan: PlanNode) {
  for (const node of nodesOf(plan)) {
    expect(node['Node Type']).not.toBe('Seq Scan')
    if (node['Index Name']) expect(node['Index Cond']).toMatch(/\buser_id = /)
  }
}

/** 100 owners with 300 tasks each, in the order of their creation. */
const fill = `
  insert into tasks (user_id, id, title, title_key, description, description_key, completed_at,
                     due_on, priority, labels, label_keys, created_at, updated_at)
  select 'owner-' || n % 100, gen_random_uuid(), 'Task ' || n, 'task ' || n, 'Notes', 'notes',
         case when n % 3 = 0 then now() end,
         case when n % 4 > 0 then date '2026-11-01' + (n / 100) % 90 end,
         (enum_range(null::task_priority))[1 + (n / 100) % 3],
         case when n % 2 = 0 then '{Home}'::text[] else '{Work,Home}' end,
         case when n % 2 = 0 then '{home}'::text[] else '{work,home}' end,
         now() - n * interval '1 minute', now() - (n * 7919) % 30000 * interval '1 minute'
  from generate_series(1, 30000) as n;
  insert into labels (user_id, key, name)
  select 'owner-' || n, lower(name), name
  from generate_series(0, 99) as n,
       (select unnest('{Home,Work}'::text[]) union select 'Old ' || generate_series(1, 50)) as l(name);
  insert into task_creations (user_id, key, fingerprint, task_id)
  select user_id, id::text, '', id from tasks;
`
