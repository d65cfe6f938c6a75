import type { Query, Variables } from './product.ts'

/** One measured operation. `prepare` runs before each measurement and is not timed. */
export type Case = {
  group: string
  name: string
  document: string
  variables?: Variables
  prepare?: () => Promise<Variables>
}

const fields = ['CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE']
const orders = fields.flatMap((field) => ['ASC', 'DESC'].map((direction) => ({ field, direction })))

const task = 'id title description completed completedAt dueOn priority labels createdAt updatedAt'

const pageDocument = `query (
  $first: Int, $after: String, $last: Int, $filter: TaskFilter, $orderBy: TaskOrder
) {
  tasks(first: $first, after: $after, last: $last, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { ${task} } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

const countDocument = 'query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }'

const filters: [string, Variables][] = [
  ['none', {}],
  ['completed', { completed: true }],
  ['open', { completed: false }],
  ['priority, one', { priority: ['HIGH'] }],
  ['priority, two', { priority: ['LOW', 'HIGH'] }],
  ['labels, one', { labels: ['water'] }],
  ['labels, two', { labels: ['water', 'plants'] }],
  ['labels, unknown', { labels: ['nowhere'] }],
  ['due on or after', { dueOnOrAfter: daysFromNow(0) }],
  ['due on or before', { dueOnOrBefore: daysFromNow(0) }],
  ['due this week', { dueOnOrAfter: daysFromNow(0), dueOnOrBefore: daysFromNow(6) }],
  ['search, frequent', { search: 'birthday' }],
  ['search, rare', { search: '9900' }],
  ['search, nothing', { search: 'no such words' }],
  [
    'all together',
    {
      completed: false,
      priority: ['HIGH', 'MEDIUM'],
      labels: ['plants'],
      dueOnOrAfter: daysFromNow(-300),
      search: 'e',
    },
  ],
]

/** All measured operations. The owner's rows must exist. */
export async function listCases(query: Query): Promise<Case[]> {
  return [
    { group: 'floor', name: 'viewer: no database', document: '{ viewer { id } }' },
    ...(await pageCases(query)),
    ...filters.flatMap(filterCases),
    ...(await singleCases(query)),
    ...mutationCases(query),
  ]
}

async function pageCases(query: Query): Promise<Case[]> {
  const cases: Case[] = []
  for (const orderBy of orders) {
    const page = (name: string, variables: Variables): Case => ({
      group: `${orderBy.field} ${orderBy.direction}`,
      name,
      document: pageDocument,
      variables: { orderBy, ...variables },
    })
    const { second, middle, beforeLast } = await findCursors(query, orderBy)
    cases.push(
      page('first page', { first: 20 }),
      page('second page', { first: 20, after: second }),
      page('middle page', { first: 20, after: middle }),
      page('last page', { first: 20, after: beforeLast }),
      page('last page, from the end', { last: 20 }),
    )
  }
  return cases
}

type Connection = { edges: { cursor: string }[]; pageInfo: { endCursor: string } }

/** Cursors of the second, middle and last page, found by paging as a client does. */
async function findCursors(query: Query, orderBy: Variables) {
  const page = async (variables: Variables) =>
    (await query(pageDocument, { orderBy, ...variables })).tasks as Connection
  const start = await page({ first: 20 })
  let middle: string | undefined
  for (let n = 0; n < 50; n++) {
    middle = (await page({ first: 100, after: middle })).pageInfo.endCursor
  }
  const end = await page({ last: 21 })
  return { second: start.pageInfo.endCursor, middle, beforeLast: end.edges[0]?.cursor }
}

function filterCases([name, filter]: [string, Variables]): Case[] {
  return [
    { group: 'filter', name, document: pageDocument, variables: { filter } },
    { group: 'totalCount', name, document: countDocument, variables: { filter } },
  ]
}

async function singleCases(query: Query): Promise<Case[]> {
  const id = await createTask(query)
  return [
    {
      group: 'one',
      name: 'task',
      document: `query ($id: ID!) { task(id: $id) { ${task} } }`,
      variables: { id },
    },
    {
      group: 'one',
      name: 'node',
      document: 'query ($id: ID!) { node(id: $id) { id } }',
      variables: { id },
    },
    { group: 'labels', name: 'labels', document: '{ labels { name taskCount } }' },
    { group: 'page', name: 'first 100', document: pageDocument, variables: { first: 100 } },
  ]
}

function mutationCases(query: Query): Case[] {
  const onNewTask = (name: string, field: string, input: Variables = {}): Case => ({
    group: 'mutation',
    name,
    document: `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) {
      ${field}(input: $input) { ${field === 'deleteTask' ? 'deletedTaskId' : `task { ${task} }`} }
    }`,
    prepare: async () => ({ input: { id: await createTask(query), ...input } }),
  })
  const creation = (name: string, input: () => Variables): Case => ({
    ...onNewTask(name, 'createTask'),
    prepare: async () => ({ input: { title: 'Measured', ...input() } }),
  })
  return [
    creation('create', () => ({})),
    creation('create with labels and key', () => ({
      labels: ['Water', 'Plants', newWord()],
      idempotencyKey: newWord(),
    })),
    onNewTask('complete', 'completeTask'),
    onNewTask('reopen', 'reopenTask'),
    onNewTask('update the title', 'updateTask', { title: 'Measured again' }),
    onNewTask('update the labels', 'updateTask', { labels: ['Water', 'garden'] }),
    onNewTask('delete', 'deleteTask'),
  ]
}

async function createTask(query: Query): Promise<string> {
  const { createTask } = await query(
    'mutation { createTask(input: { title: "Measured" }) { task { id } } }',
  )
  return (createTask as { task: { id: string } }).task.id
}

let wordsMade = 0

function newWord(): string {
  wordsMade += 1
  return `Word ${wordsMade}`
}

function daysFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}
