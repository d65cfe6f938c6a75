import { isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { databaseForFile } from '#db/testing/database.ts'
import { newTask, seedTasks } from '#db/testing/tasks.ts'
import { schema } from '../index.ts'
import { asViewer } from '../testing.ts'
import { taskIdOf } from './task-ids.ts'

const { db } = await databaseForFile()

const type = schema.getType('Task')
const fields = isObjectType(type) ? Object.keys(type.getFields()) : []
/** The fields that are objects, with all their fields. */
const selections = new Map([['repeat', 'repeat { every unit weekdays from }']])
const select = (field: string) => selections.get(field) ?? field
const all = fields.map(select).join(' ')

const ada = asViewer(db)
const [row] = await seedTasks(db, ada.id, [
  newTask({
    description: 'On paper',
    dueOn: '2026-12-24',
    priority: 'HIGH',
    repeat: { every: 2, unit: 'WEEK', weekdays: ['MONDAY', 'FRIDAY'], from: 'DUE_DATE' },
    labels: ['Home', 'a "quoted" \\ label', 'x,y', 'NULL'],
  }),
  { completedAt: '2026-11-24T12:00:00.000Z' },
])
if (!row) throw new Error('No task was inserted.')
const id = taskIdOf(row)

/** The ways to read a task, with the fields that are selected in it. */
const reads: [string, (selected: string) => string][] = [
  ['task', (selected) => `query ($id: ID!) { task(id: $id) { ${selected} } }`],
  ['node', (selected) => `query ($id: ID!) { node(id: $id) { ... on Task { ${selected} } } }`],
  [
    'nodes',
    (selected) =>
      `query ($id: ID!) { nodes(ids: [$id]) { ...Some } } fragment Some on Task { ${selected} }`,
  ],
  ['nodes of tasks', (selected) => `{ tasks { nodes { ${selected} } } }`],
  ['edges of tasks', (selected) => `{ tasks { edges { node { ${selected} } } } }`],
  [
    'updateTask',
    (selected) => `mutation ($id: ID!) { updateTask(input: { id: $id }) { task { ${selected} } } }`,
  ],
]

describe.each(reads)('%s', (_name, documentFor) => {
  it.each(fields)('gives the same %s alone as with all other fields', async (field) => {
    const alone = await ada.get(documentFor(select(field)), { id })
    const together = await ada.get(documentFor(`${all} __typename`), { id })
    expect(alone).toEqual(pick(together, field))
    expect(JSON.stringify(alone)).toContain(`"${field}"`)
  })
})

describe.each(['CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE'])('by %s', (field) => {
  it.each(['ASC', 'DESC'])(
    '%s, a cursor is the same alone as with all fields',
    async (direction) => {
      const read = (selected: string) =>
        ada.get<{ edges: { cursor: string }[] }>(
          `{ tasks(orderBy: { field: ${field}, direction: ${direction} }) { ${selected} } }`,
        )
      const alone = await read('edges { cursor }')
      const together = await read(`edges { cursor node { ${all} } } pageInfo { endCursor }`)
      expect(alone.edges).toEqual(together.edges.map(({ cursor }) => ({ cursor })))
      expect(await read('pageInfo { startCursor endCursor }')).toEqual({
        pageInfo: { startCursor: alone.edges[0]?.cursor, endCursor: alone.edges.at(-1)?.cursor },
      })
    },
  )
})

/** Only the given field of each task in an answer. */
function pick(answer: unknown, field: string): unknown {
  return JSON.parse(JSON.stringify(answer), (_key, value) =>
    value?.__typename === 'Task' ? { [field]: value[field] } : value,
  )
}
