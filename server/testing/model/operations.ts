import type { Draw } from './draw.ts'
import { oddIds, withOddValue } from './odd-values.ts'
import { nameOf } from './pages.ts'
import type { Model, ModelTask, Operation, Order } from './types.ts'

const task = 'id title description completed completedAt dueOn priority labels createdAt updatedAt'
const mutation = (name: string, payload: string) =>
  `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { ${payload} }
  }`

/** One document for each operation; each selects every field. */
export const documents: { [operation: string]: string } = {
  viewer: '{ viewer { id email scopes } }',
  task: `query ($id: ID!) { task(id: $id) { ${task} } }`,
  node: `query ($id: ID!) { node(id: $id) { ... on Task { ${task} } } }`,
  nodes: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Task { ${task} } } }`,
  labels: '{ labels { name taskCount } }',
  tasks: `query (
    $first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter, $orderBy: TaskOrder
  ) {
    tasks(
      first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy
    ) {
      edges { cursor node { ${task} } }
      nodes { id }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
    }
  }`,
  createTask: mutation('createTask', `task { ${task} }`),
  updateTask: mutation('updateTask', `task { ${task} }`),
  completeTask: mutation('completeTask', `task { ${task} }`),
  reopenTask: mutation('reopenTask', `task { ${task} }`),
  deleteTask: mutation('deleteTask', 'deletedTaskId'),
  deleteCompletedTasks: 'mutation { deleteCompletedTasks { deletedTaskIds } }',
}

/** Relative frequencies. Deletions keep each list at a few dozen tasks. */
const weights = {
  createTask: 22,
  updateTask: 16,
  completeTask: 7,
  reopenTask: 3,
  deleteTask: 5,
  deleteCompletedTasks: 1,
  task: 5,
  node: 3,
  nodes: 3,
  tasks: 28,
  labels: 4,
  viewer: 1,
}

const names = Object.entries(weights).flatMap(([name, weight]) => Array<string>(weight).fill(name))

/** What operations can refer to: past and present of one account, and the other accounts. */
export type World = {
  own: Model
  others: Model[]
  /** Ids of deleted tasks. */
  gone: string[]
  /** Inputs with an idempotency key that created a task. */
  creations: Variables[]
}

type Variables = Operation['variables']

/** Draws an operation of the account; deterministic for the same numbers and history. */
export function drawOperation(draw: Draw, world: World): Operation {
  const name = draw.one(names, 'viewer')
  const operation = { name, variables: variablesOf(name, draw, world) }
  return draw.chance(0.2) ? withOddValue(operation, draw) : operation
}

/** Call it after each answer, so that later operations can refer to the operation. */
export function remember(world: World, { name, variables }: Operation, idsBefore: string[]): void {
  const { own, gone, creations } = world
  gone.push(...idsBefore.filter((id) => !own.tasks.has(id)))
  const input = Object(variables.input)
  const hasMadeOne = name === 'createTask' && own.tasks.size > idsBefore.length
  if (hasMadeOne && input.idempotencyKey != null) creations.push(input)
}

function variablesOf(name: string, draw: Draw, world: World): Variables {
  if (name === 'createTask') return { input: drawCreation(draw, world) }
  if (name === 'updateTask') return { input: drawChange(draw, world) }
  if (name === 'tasks') return drawListing(draw, world)
  if (name === 'nodes') return { ids: draw.several(() => drawId(draw, world), 6) }
  if (name === 'task' || name === 'node') return { id: drawId(draw, world) }
  if (/^(complete|reopen|delete)Task$/.test(name)) return { input: { id: drawId(draw, world) } }
  return {}
}

function drawId(draw: Draw, { own, others, gone }: World): string {
  const id = draw.one([...own.tasks.keys()], 'none')
  if (draw.chance(0.8)) return id
  const foreign = draw.one([...draw.one(others, own).tasks.keys()], 'foreign')
  return draw.one([draw.one(gone, 'gone'), foreign, draw.one(oddIds(id), '')], id)
}

// Few words, so that titles tie, labels recur in other spellings, and a search has results.
const vocabulary = ['a', 'B', 'b', 'É', 'é', 'e\u0301', 'ab', '%', '_', '\\', "'", '🎉', '\uffe6']
const days = ['0001-01-01', '2026-11-23', '2026-11-24', '2026-11-25', '9999-12-31']
const priorities = ['LOW', 'MEDIUM', 'HIGH']

/** How each field of a task is drawn. */
function taskFields(draw: Draw) {
  const word = () => draw.one(vocabulary, 'a')
  return {
    title: () => draw.one(['', ' ', '\n'], '') + [word(), ...draw.several(word, 2)].join(' '),
    description: () => (draw.chance(0.2) ? null : draw.several(word, 5).join('\n')),
    dueOn: () => (draw.chance(0.2) ? null : draw.one(days, '')),
    priority: () => draw.one(priorities, ''),
    // Of two words, so that some are on one task only and can get a new spelling.
    labels: () => draw.several(() => draw.one(['', ' ', 'a', 'b'], '') + word(), 4),
  }
}

function drawCreation(draw: Draw, { creations }: World): Variables {
  const { title, ...fields } = taskFields(draw)
  const retried = creations.length > 0 && draw.one(creations, {})
  if (retried && draw.chance(0.15)) return retried
  if (retried && draw.chance(0.1)) return { ...retried, ...draw.some(fields, 0.25) }
  const idempotencyKey = () => `key ${draw.number()}`
  return {
    title: title(),
    ...draw.some(fields, 0.5),
    ...draw.some({ idempotencyKey }, 0.3),
  }
}

function drawChange(draw: Draw, world: World): Variables {
  const id = drawId(draw, world)
  const task = world.own.tasks.get(id)
  const fields = { ...taskFields(draw), completed: () => draw.chance(0.5) }
  const respelled = { labels: () => task?.labels.map((label) => label.toUpperCase()) }
  const ifUpdatedAt = () => drawTime(draw, task)
  return {
    id,
    ...draw.some(fields, 0.3),
    ...draw.some(respelled, 0.1),
    ...draw.some({ ifUpdatedAt }, 0.3),
  }
}

/** The task's updatedAt in one of two time zones; or an hour later; or null. */
function drawTime(draw: Draw, task: ModelTask | undefined): string | null {
  const updatedAt = task?.updatedAt ?? '2026-11-24T00:00:00Z'
  const later = new Date(Date.parse(updatedAt) + 3_600_000).toISOString()
  return draw.one([updatedAt, later.replace('Z', '+01:00'), later, null], null)
}

function drawListing(draw: Draw, { own }: World): Variables {
  const order = {
    field: draw.one(['CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE'], ''),
    direction: draw.one(['ASC', 'DESC'], ''),
  }
  const size = draw.one(['first', 'last'], 'first')
  const cursor = () =>
    draw.one(draw.chance(0.95) ? cursorsIn(own, order) : someCursors(own, draw), null)
  return {
    ...draw.some({ [size]: () => draw.one([1, 2, 3, 5, 8, 100], 1) }, 0.9),
    ...draw.some({ after: cursor, before: cursor }, 0.35),
    ...draw.some({ filter: () => drawFilter(draw) }, 0.6),
    orderBy: nameOf(order) === 'CREATED_AT DESC' ? undefined : order, // the default order
  }
}

function cursorsIn({ cursors }: Model, order: Order): string[] {
  return cursors.inOrder.get(nameOf(order)) ?? []
}

function someCursors({ cursors }: Model, draw: Draw): string[] {
  return draw.one([...cursors.inOrder.values()], [])
}

function drawFilter(draw: Draw): Variables {
  const word = () => draw.one(vocabulary, 'a')
  return draw.some(
    {
      completed: () => draw.one([true, false, null], null),
      priority: () => draw.several(() => draw.one(priorities, ''), 2),
      labels: () => draw.several(word, 2),
      dueOnOrAfter: () => draw.one(days, ''),
      dueOnOrBefore: () => draw.one(days, ''),
      search: word,
    },
    0.25,
  )
}
