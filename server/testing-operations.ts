import type { Model, Operation } from './testing-model.ts'
import { type Cursors, nameOf, type Order } from './testing-model-pages.ts'
import { oddIds, withOddValue } from './testing-odd-values.ts'

const task = 'id title description completed completedAt dueOn priority labels createdAt updatedAt'
const mutation = (name: string, payload: string) =>
  `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { ${payload} }
  }`

/** One document an operation; each asks for everything that there is to answer. */
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

/** How often each is drawn: enough is deleted that the lists stay at some dozens. */
const weights: Record<string, number> = {
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

// Few, so that titles tie, labels meet in other spellings, and a search finds something.
const vocabulary = ['a', 'B', 'b', 'É', 'é', 'e\u0301', 'ab', '%', '_', '\\', "'", '🎉', '\uffe6']
const days = ['0001-01-01', '2026-11-23', '2026-11-24', '2026-11-25', '9999-12-31']

const names = Object.entries(weights).flatMap(([name, weight]) => Array(weight).fill(name))

/** What an operation may speak of: its own account's past, and the other accounts'. */
export type World = { own: Model; others: Model[]; cursors: Cursors }

/** Draws operations about one account; the same for the same numbers and the same answers. */
export function createOperations(random: () => number, { own, others, cursors }: World) {
  const gone: string[] = []
  const creations: Record<string, unknown>[] = []
  const isChance = (share: number) => random() < share
  const pick = <T>(choices: readonly T[], otherwise: T): T =>
    choices[Math.floor(random() * choices.length)] ?? otherwise
  const some = <T>(make: () => T, max: number): T[] =>
    Array.from({ length: Math.floor(random() * (max + 1)) }, make)
  /** Leaves out each field with the given chance. */
  const maybe = (fields: Record<string, () => unknown>, share: number) =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, make]) => (isChance(share) ? [[name, make()]] : [])),
    )

  const words = () => pick(vocabulary, 'a')
  const title = () => pick(['', ' ', '\n'], '') + [words(), ...some(words, 2)].join(' ')
  const description = () => (isChance(0.2) ? null : some(words, 5).join('\n'))
  const dueOn = () => (isChance(0.2) ? null : pick(days, ''))
  const priority = () => pick(['LOW', 'MEDIUM', 'HIGH'], '')
  const labels = () => some(words, 4).map((word) => pick(['', ' '], '') + word)
  const orderBy = () => ({
    field: pick(['CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE'], ''),
    direction: pick(['ASC', 'DESC'], ''),
  })

  function id(): string {
    const kind = random()
    if (kind < 0.8) return pick([...own.tasks.keys()], 'none')
    if (kind < 0.87) return pick(gone, 'gone')
    if (kind < 0.94) return pick([...pick(others, own).tasks.keys()], 'foreign')
    return pick(oddIds(pick([...own.tasks.keys()], 'none')), '')
  }

  function ifUpdatedAt(id: string): string | null {
    const updatedAt = own.tasks.get(id)?.updatedAt ?? '2026-11-24T00:00:00Z'
    const elsewhere = new Date(Date.parse(updatedAt) + 3_600_000).toISOString()
    return pick([updatedAt, elsewhere.replace('Z', '+01:00'), elsewhere, null], null)
  }

  function creation(): Record<string, unknown> {
    const retried = creations.length > 0 && pick(creations, {})
    if (retried && isChance(0.15)) return retried
    if (retried && isChance(0.05)) return { ...retried, title: `${retried.title}!` }
    const input = { title: title(), ...maybe({ description, dueOn, priority, labels }, 0.5) }
    return isChance(0.3) ? { ...input, idempotencyKey: `key ${random()}` } : input
  }

  function change(): Record<string, unknown> {
    const changed = id()
    const completed = () => isChance(0.5)
    const fields = { title, description, dueOn, priority, labels, completed }
    const guard = { ifUpdatedAt: () => ifUpdatedAt(changed) }
    return { id: changed, ...maybe(fields, 0.3), ...maybe(guard, 0.3) }
  }

  function listing(): Record<string, unknown> {
    const filter = () =>
      maybe(
        {
          completed: () => pick([true, false, null], null),
          priority: () => some(priority, 2),
          labels: () => some(words, 2),
          dueOnOrAfter: () => pick(days, ''),
          dueOnOrBefore: () => pick(days, ''),
          search: words,
        },
        0.25,
      )
    const order = isChance(0.8) ? orderBy() : undefined
    const cursor = () => pick(cursorsOf(order ?? { field: 'CREATED_AT', direction: 'DESC' }), null)
    const size = { [pick(['first', 'last'], 'first')]: pick([1, 2, 3, 5, 8, 100], 1) }
    const bounds = maybe({ after: cursor, before: cursor }, 0.35)
    return { ...(isChance(0.9) && size), ...bounds, ...maybe({ filter }, 0.6), orderBy: order }
  }

  function cursorsOf(order: Order): string[] {
    if (isChance(0.05)) return pick([...cursors.inOrder.values()], [])
    return cursors.inOrder.get(nameOf(order)) ?? []
  }

  function variablesOf(name: string): Record<string, unknown> {
    if (name === 'createTask') return { input: creation() }
    if (name === 'updateTask') return { input: change() }
    if (name === 'tasks') return listing()
    if (name === 'nodes') return { ids: some(id, 6) }
    if (name === 'task' || name === 'node') return { id: id() }
    if (/^(complete|reopen|delete)Task$/.test(name)) return { input: { id: id() } }
    return {}
  }

  return {
    next(): Operation {
      const name = pick(names, 'viewer')
      const operation = { name, variables: variablesOf(name) }
      return isChance(0.1) ? withOddValue(operation, pick) : operation
    },
    /** To be told of each operation once it is answered: later ones refer to it. */
    remember({ name, variables }: Operation, idsBefore: string[]): void {
      gone.push(...idsBefore.filter((id) => !own.tasks.has(id)))
      if (name !== 'createTask' || own.tasks.size === idsBefore.length) return
      const { idempotencyKey } = variables.input as { idempotencyKey?: string | null }
      if (idempotencyKey != null) creations.push(Object(variables.input))
    },
  }
}
