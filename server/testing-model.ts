import { findFault } from './testing-model-faults.ts'
import {
  type Cursors,
  compare,
  compareText,
  cursorOf,
  cutPage,
  foldCase,
  type Order,
  type PageVariables,
  positionIn,
} from './testing-model-pages.ts'

/*
 * What one account must be answered, written from the contract and without a look at our code: a
 * map, a filter and a sort. Ids, cursors and times cannot be foretold: they are taken from the
 * answer when they are first seen, and must obey their rules then and stay the same ever after.
 */

export type ModelTask = {
  id: string
  title: string
  description: string | null
  completedAt: string | null
  dueOn: string | null
  priority: string
  labels: string[]
  createdAt: string
  updatedAt: string
}

export type Operation = { name: string; variables: Record<string, unknown> }

/** What was answered to an operation, and between which times of the clock. */
export type Exchange = { data: unknown; sentAt: number; receivedAt: number }

/** The whole `data`, or the code (and field) of the refusal. */
export type Outcome = { data: unknown } | { code: string; field?: string }

type NewTask = Partial<ModelTask> & { title: string; idempotencyKey?: string | null }
type Change = Partial<ModelTask> & { id: string; completed?: boolean; ifUpdatedAt?: string | null }
type Filter = {
  completed?: boolean | null
  priority?: string[] | null
  labels?: string[] | null
  dueOnOrAfter?: string | null
  dueOnOrBefore?: string | null
  search?: string | null
}
type Listing = PageVariables & { filter?: Filter | null; orderBy?: Order | null }

const notFound = { code: 'NOT_FOUND' }
const conflict = { code: 'CONFLICT' }
const newestFirst = { field: 'CREATED_AT', direction: 'DESC' }

export type Model = ReturnType<typeof createModel>

export function createModel({ id, email }: { id: string; email: string }, cursors: Cursors) {
  const viewer = { id, email, scopes: ['email', 'tasks:read', 'tasks:write'] }
  const tasks = new Map<string, ModelTask>()
  const creations = new Map<string, { body: string; id: string }>()

  function create({ idempotencyKey, ...input }: NewTask, exchange: Exchange): Outcome {
    const asked = {
      title: input.title.trim(),
      description: input.description ?? null,
      dueOn: input.dueOn ?? null,
      priority: input.priority ?? 'MEDIUM',
      labels: (input.labels ?? []).map((label) => label.trim()),
    }
    const body = JSON.stringify(asked)
    const earlier = idempotencyKey == null ? undefined : creations.get(idempotencyKey)
    const made = earlier && tasks.get(earlier.id)
    if (earlier) return made && earlier.body === body ? taskIn('createTask', made) : conflict
    const seen = seenTask(exchange, 'createTask')
    const createdAt = timeIn(exchange, seen.createdAt)
    const id = typeof seen.id === 'string' && !tasks.has(seen.id) ? seen.id : 'an id of its own'
    const labels = spell(asked.labels)
    const task = { ...asked, id, labels, completedAt: null, createdAt, updatedAt: createdAt }
    tasks.set(id, task)
    if (idempotencyKey != null) creations.set(idempotencyKey, { body, id })
    return taskIn('createTask', task)
  }

  function change(name: string, input: Change, exchange: Exchange): Outcome {
    const { id, completed, ifUpdatedAt, ...values } = input
    const task = tasks.get(id)
    if (!task) return notFound
    if (ifUpdatedAt != null && Date.parse(ifUpdatedAt) !== Date.parse(task.updatedAt)) {
      return conflict
    }
    const seen = seenTask(exchange, name)
    const changed = { ...task, ...values }
    changed.title = changed.title.trim()
    if (values.labels) changed.labels = spell(values.labels, id)
    if (completed === false) changed.completedAt = null
    if (completed) changed.completedAt ??= timeIn(exchange, seen.completedAt)
    if (JSON.stringify(changed) !== JSON.stringify(task)) {
      changed.updatedAt = timeIn(exchange, seen.updatedAt, Date.parse(task.updatedAt) + 1)
    }
    tasks.set(id, changed)
    return taskIn(name, changed)
  }

  /** One spelling for each label: that of another task that bears it, else the one given first. */
  function spell(names: string[], exceptId?: string): string[] {
    const spelled = new Map<string, string>()
    for (const name of names.map((name) => name.trim())) {
      const word = foldCase(name)
      const others = [...tasks.values()].filter(({ id }) => id !== exceptId)
      const known = others.flatMap(({ labels }) => labels).find((it) => foldCase(it) === word)
      if (!spelled.has(word)) spelled.set(word, known ?? name)
    }
    return [...spelled.values()]
  }

  function remove(ids: string[]): void {
    for (const id of ids) tasks.delete(id)
  }

  function list(listing: Listing, { data }: Exchange): Outcome {
    const order = listing.orderBy ?? newestFirst
    for (const bound of ['after', 'before'] as const) {
      const cursor = listing[bound]
      const position = cursor == null ? undefined : cursors.positions.get(cursor)
      const isOfThisOrder =
        position?.field === order.field && position.direction === order.direction
      if (cursor != null && !isOfThisOrder) return { code: 'BAD_USER_INPUT', field: bound }
    }
    const sorted = [...tasks.values()]
      .filter((task) => matches(listing.filter ?? {}, task))
      .map((task) => ({ task, position: positionIn(order, task) }))
      .sort((a, b) => compare(a.position, b.position))
    const page = cutPage(sorted, listing, cursors)
    const seen = (data as { tasks?: { edges?: { cursor: unknown }[] } } | null)?.tasks?.edges
    const edges = page.entries.map(({ task, position }, n) => ({
      cursor: cursorOf(cursors, position, seen?.[n]?.cursor),
      node: shown(task),
    }))
    return {
      data: {
        tasks: {
          edges,
          nodes: page.entries.map(({ task: { id } }) => ({ id })),
          pageInfo: {
            hasNextPage: page.hasNextPage,
            hasPreviousPage: page.hasPreviousPage,
            startCursor: edges[0]?.cursor ?? null,
            endCursor: edges.at(-1)?.cursor ?? null,
          },
          totalCount: sorted.length,
        },
      },
    }
  }

  function listLabels() {
    const names = [...tasks.values()].flatMap(({ labels }) => labels)
    return [...new Set(names)]
      .sort((a, b) => compareText(foldCase(a), foldCase(b)))
      .map((name) => ({ name, taskCount: names.filter((other) => other === name).length }))
  }

  const find = (id: unknown) => {
    const task = tasks.get(String(id))
    return task ? shown(task) : null
  }

  function answer({ name, variables }: Operation, exchange: Exchange): Outcome {
    const field = findFault(name, variables)
    if (field !== undefined) return { code: 'BAD_USER_INPUT', field }
    const input = variables.input as Change
    switch (name) {
      case 'createTask':
        return create(variables.input as NewTask, exchange)
      case 'updateTask':
        return change(name, input, exchange)
      case 'completeTask':
        return change(name, { ...input, completed: true }, exchange)
      case 'reopenTask':
        return change(name, { ...input, completed: false }, exchange)
      case 'deleteTask':
        if (!tasks.delete(input.id)) return notFound
        return { data: { deleteTask: { deletedTaskId: input.id } } }
      case 'deleteCompletedTasks': {
        const completed = [...tasks.values()].filter((task) => task.completedAt !== null)
        const deletedTaskIds = completed.map(({ id }) => id).sort()
        remove(deletedTaskIds)
        return { data: { deleteCompletedTasks: { deletedTaskIds } } }
      }
      case 'task':
        return { data: { task: find(variables.id) } }
      case 'node':
        return { data: { node: find(variables.id) } }
      case 'nodes':
        return { data: { nodes: (variables.ids as string[]).map(find) } }
      case 'tasks':
        return list(variables, exchange)
      case 'labels':
        return { data: { labels: listLabels() } }
      default:
        return { data: { viewer } }
    }
  }

  return { tasks, answer }
}

function taskIn(name: string, task: ModelTask): Outcome {
  return { data: { [name]: { task: shown(task) } } }
}

function shown(task: ModelTask) {
  return { ...task, completed: task.completedAt !== null }
}

function seenTask({ data }: Exchange, name: string): Record<string, unknown> {
  const payload = (data as Record<string, { task?: Record<string, unknown> }> | null)?.[name]
  return payload?.task ?? {}
}

const toleranceMillis = 5 // the database rounds to milliseconds

/** The time that was answered, if it lies within the exchange; else words that equal no answer. */
function timeIn({ sentAt, receivedAt }: Exchange, seen: unknown, notBefore = 0): string {
  const earliest = Math.max(sentAt - toleranceMillis, notBefore)
  const latest = receivedAt + toleranceMillis
  const isTime = typeof seen === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(seen)
  const isWithin = isTime && Date.parse(seen) >= earliest && Date.parse(seen) <= latest
  return isWithin ? seen : `a time from ${earliest} to ${latest}`
}

function matches(filter: Filter, task: ModelTask): boolean {
  const { completed, priority, labels, dueOnOrAfter, dueOnOrBefore, search } = filter
  const words = task.labels.map(foldCase)
  const texts = [task.title, task.description ?? '', ...task.labels].map(foldCase)
  return (
    (completed == null || completed === (task.completedAt !== null)) &&
    (priority == null || priority.includes(task.priority)) &&
    (labels ?? []).every((label) => words.includes(foldCase(label.trim()))) &&
    (dueOnOrAfter == null || (task.dueOn !== null && task.dueOn >= dueOnOrAfter)) &&
    (dueOnOrBefore == null || (task.dueOn !== null && task.dueOn <= dueOnOrBefore)) &&
    (search == null || texts.some((text) => text.includes(foldCase(search))))
  )
}
