import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '#db/client.ts'
import { silentLog } from '#db/testing/cluster.ts'
import { databaseForFile } from '#db/testing/database.ts'
import { newTask, seedTasks } from '#db/testing/tasks.ts'
import { startWire } from '#db/testing/wire.ts'
import { asViewer } from '../testing.ts'

/*
 * The performance budget of the commonest operations: the messages to and from Postgres, on a
 * connection that knows the statements. Letters of the protocol: B bind, E execute, S sync;
 * 2 bind complete, D row, C command complete, Z ready.
 */

const direct = await databaseForFile()
const wire = await startWire(direct.url)
const { db, close } = connect(wire.url, silentLog)
afterAll(async () => {
  await close()
  wire.close()
})

const ada = asViewer(db)
let id: string
let after: string
let doomed: string[]

beforeAll(async () => {
  await seedTasks(
    db,
    ada.id,
    Array.from({ length: 50 }, () => newTask()),
  )
  const page = await ada.get<{ nodes: { id: string }[]; pageInfo: { endCursor: string } }>(
    '{ tasks(first: 30) { nodes { id } pageInfo { endCursor } } }',
  )
  id = page.nodes[0]?.id ?? ''
  doomed = page.nodes.slice(1).map((task) => task.id)
  after = page.pageInfo.endCursor
})

const fields = 'id title completed createdAt'
const frame = { sent: 'BE', received: '2C' }

type Cost = { statements: number; rows: string[] }

const operations: [string, string, () => Record<string, unknown>, Cost][] = [
  [
    'the first 20 tasks (Q1)',
    `{ tasks(first: 20) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
    () => ({}),
    { statements: 1, rows: ['D'.repeat(21)] },
  ],
  [
    'the first 20 open tasks with their number (Q2)',
    `{ tasks(first: 20, filter: { completed: false }) {
         nodes { ${fields} } pageInfo { hasNextPage endCursor } totalCount } }`,
    () => ({}),
    { statements: 2, rows: ['D'.repeat(21), 'D'] },
  ],
  [
    'one task (Q3)',
    `query ($id: ID!) { task(id: $id) { ${fields} } }`,
    () => ({ id }),
    { statements: 1, rows: ['D'] },
  ],
  [
    'creating a task (M1)',
    `mutation { createTask(input: { title: "Write" }) { task { ${fields} } } }`,
    () => ({}),
    { statements: 1, rows: ['D'] },
  ],
  [
    'completing a task (M2)',
    `mutation ($id: ID!) { completeTask(input: { id: $id }) { task { ${fields} } } }`,
    () => ({ id }),
    { statements: 1, rows: ['D'] },
  ],
  [
    'renaming a task (M3)',
    `mutation ($id: ID!) { updateTask(input: { id: $id, title: "Read" }) { task { ${fields} } } }`,
    () => ({ id }),
    { statements: 1, rows: ['D'] },
  ],
  [
    'a page after a cursor (D)',
    `query ($after: String) { tasks(first: 10, after: $after) {
         nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
    () => ({ after }),
    { statements: 1, rows: ['D'.repeat(11)] },
  ],
  [
    'all that a page has',
    `query ($after: String) { tasks(first: 10, after: $after) { totalCount
         edges { cursor node { ${fields} description labels dueOn priority } }
         pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    () => ({ after }),
    { statements: 2, rows: ['D'.repeat(11), 'D'] },
  ],
  [
    'only the number of tasks',
    '{ tasks { totalCount } }',
    () => ({}),
    { statements: 1, rows: ['D'] },
  ],
  [
    'deleting a task',
    'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }',
    () => ({ id: doomed.pop() }),
    { statements: 1, rows: ['D'] },
  ],
  [
    'a page of the history, each change with its task',
    `query ($first: Int) { taskChanges(first: $first) { nodes {
         cursor kind actor { name } before { title } after { title } undoneBy task { title } }
         pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
    () => ({ first: 10 }),
    { statements: 2, rows: ['D'.repeat(11), 'D'] },
  ],
  [
    'a page of tasks and where the history stood',
    '{ tasks(first: 5) { nodes { id } changesCursor } }',
    () => ({}),
    { statements: 2, rows: ['D', 'D'.repeat(6)] },
  ],
  ['the labels', '{ labels { name } }', () => ({}), { statements: 1, rows: [''] }],
]

describe('one round trip, and at most two statements besides the settings, for', () => {
  it.each(operations)('%s', async (_name, document, variables, { statements, rows }) => {
    await ada.get(document, variables()) // Postgres parses the statements
    wire.take()
    await ada.get(document, variables())
    expect(wire.take()).toEqual({
      roundTrips: 1,
      sent: `${frame.sent}${'BE'.repeat(statements)}S`,
      received: `${frame.received}${rows.map((row) => `2${row}C`).join('')}Z`,
    })
  })
})

it('reads nothing when nothing of a page is selected', async () => {
  wire.take()
  await ada.get('{ tasks { __typename pageInfo { __typename } } }')
  expect(wire.take()).toEqual({ roundTrips: 0, sent: '', received: '' })
})
