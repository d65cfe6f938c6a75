import { findFault } from './faults.ts'
import { changeTask, createTask } from './mutations.ts'
import {
  compare,
  compareText,
  cursorOf,
  cutPage,
  foldCase,
  type PageVariables,
  positionIn,
} from './pages.ts'
import {
  type Cursors,
  type Exchange,
  type Model,
  type ModelTask,
  type Operation,
  type Order,
  type Outcome,
  shown,
} from './types.ts'

/*
 * A model of one account, written from the contract independently of the code under test: a map, a
 * filter and a sort. Ids, cursors and times cannot be predicted: they are taken from the first
 * answer that has them, must obey their rules, and must never change.
 */

type Filter = {
  completed?: boolean | null
  priority?: string[] | null
  labels?: string[] | null
  dueOnOrAfter?: string | null
  dueOnOrBefore?: string | null
  search?: string | null
}

type Listing = PageVariables & { filter?: Filter | null; orderBy?: Order | null }

export function createModel(viewer: { id: string; email: string }, cursors: Cursors): Model {
  const { id, email } = viewer
  const scopes = ['account', 'email', 'tasks:create', 'tasks:delete', 'tasks:read', 'tasks:write']
  return {
    viewer: { id, email, scopes },
    tasks: new Map(),
    trash: [],
    creations: new Map(),
    cursors,
  }
}

/** Answers what the server must answer, and applies the operation to the model. */
export function answerOf(
  model: Model,
  { name, variables }: Operation,
  exchange: Exchange,
): Outcome {
  const field = findFault(name, variables)
  if (field !== undefined) return { code: 'BAD_USER_INPUT', field }
  const answer = answers[name]
  if (!answer) throw new Error(`The model has no operation ${name}.`)
  return answer(model, variables, exchange)
}

type Variables = Operation['variables']
type Answer = (model: Model, variables: Variables, exchange: Exchange) => Outcome

const answers: { [operation: string]: Answer } = {
  viewer: ({ viewer }) => ({ data: { viewer } }),
  task: (model, { id }) => ({ data: { task: find(model, id) } }),
  node: (model, { id }) => ({ data: { node: find(model, id) } }),
  nodes: (model, { ids }) => ({ data: { nodes: (ids as unknown[]).map((id) => find(model, id)) } }),
  labels: (model) => ({ data: { labels: listLabels(model) } }),
  tasks: listTasks,
  createTask: (model, { input }, exchange) => createTask(model, Object(input), exchange),
  updateTask: (model, { input }, exchange) =>
    changeTask(model, 'updateTask', Object(input), exchange),
  completeTask: (model, { input }, exchange) =>
    changeTask(model, 'completeTask', { ...Object(input), completed: true }, exchange),
  reopenTask: (model, { input }, exchange) =>
    changeTask(model, 'reopenTask', { ...Object(input), completed: false }, exchange),
  deleteTask: (model, { input }) => {
    const { id } = Object(input)
    return moveToTrash(model, id)
      ? { data: { deleteTask: { deletedTaskId: id } } }
      : { code: 'NOT_FOUND' }
  },
  deleteCompletedTasks: (model) => {
    const completed = [...model.tasks.values()].filter((task) => task.completedAt !== null)
    const deletedTaskIds = completed.map(({ id }) => id).sort()
    for (const id of deletedTaskIds) moveToTrash(model, id)
    return { data: { deleteCompletedTasks: { deletedTaskIds } } }
  },
}

function moveToTrash({ tasks, trash }: Model, id: string): boolean {
  const task = tasks.get(id)
  if (task) trash.push(task)
  return tasks.delete(id)
}

function find({ tasks }: Model, id: unknown) {
  const task = tasks.get(String(id))
  return task ? shown(task) : null
}

function listTasks({ tasks, cursors }: Model, listing: Listing, { data }: Exchange): Outcome {
  const order = listing.orderBy ?? { field: 'CREATED_AT', direction: 'DESC' }
  const field = findForeignCursor(cursors, order, listing)
  if (field) return { code: 'BAD_USER_INPUT', field }
  const sorted = [...tasks.values()]
    .filter((task) => matches(listing.filter ?? {}, task))
    .map((task) => ({ task, position: positionIn(order, task) }))
    .sort((a, b) => compare(a.position, b.position))
  const { entries, ...pageInfo } = cutPage(sorted, listing, cursors)
  const seen = (data as { tasks?: { edges?: { cursor: unknown }[] } } | null)?.tasks?.edges
  const edges = entries.map(({ task, position }, n) => ({
    cursor: cursorOf(cursors, position, seen?.[n]?.cursor),
    node: shown(task),
  }))
  const ends = {
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  }
  const nodes = entries.map(({ task: { id } }) => ({ id }))
  const totalCount = sorted.length
  return { data: { tasks: { edges, nodes, pageInfo: { ...pageInfo, ...ends }, totalCount } } }
}

/** The argument whose cursor was never issued, or was issued for another order. */
function findForeignCursor({ positions }: Cursors, order: Order, variables: PageVariables) {
  return (['after', 'before'] as const).find((name) => {
    const cursor = variables[name]
    if (cursor == null) return false
    const position = positions.get(cursor)
    return position?.field !== order.field || position.direction !== order.direction
  })
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

function listLabels({ tasks }: Model) {
  const names = [...tasks.values()].flatMap(({ labels }) => labels)
  return [...new Set(names)]
    .sort((a, b) => compareText(foldCase(a), foldCase(b)))
    .map((name) => ({ name, taskCount: names.filter((other) => other === name).length }))
}
