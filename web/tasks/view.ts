/** The filter and order of the list. The URL is the only place where they are stored. */
import { fold } from '../gql/folding.ts'
import type { TaskFilter, TaskOrder, TaskOrderField, TaskPriority } from '../gql/graphql.ts'
import { maxFilterLabels, maxFilterText } from '../gql/limits.ts'
import { countCodePoints } from '../ui/code-points.ts'
import { addDays, isDate } from '../ui/date-words.ts'

export type TaskView = {
  status: 'all' | 'open' | 'done'
  search: string
  priority: TaskPriority[]
  labels: string[]
  /** A range relative to today; `from` and `to` are a fixed range. */
  due: '' | 'overdue' | 'today' | 'week'
  from: string
  to: string
  order: TaskOrder
}

const statuses = ['all', 'open', 'done'] as const
const dues = ['', 'overdue', 'today', 'week'] as const
export const priorities = ['HIGH', 'MEDIUM', 'LOW'] as const satisfies TaskPriority[]

const orderNames: Record<TaskOrderField, string> = {
  CREATED_AT: 'created',
  UPDATED_AT: 'updated',
  DUE_ON: 'due',
  PRIORITY: 'priority',
  TITLE: 'title',
}

function pick<T extends string>(choices: readonly T[], given: string | null, otherwise: T): T {
  return choices.find((choice) => choice === given) ?? otherwise
}

function pickDate(given: string | null): string {
  return given !== null && isDate(given) ? given : ''
}

/** Texts that the API would refuse are left out. */
function isFilterText(text: string): boolean {
  return countCodePoints(text) <= maxFilterText && text.isWellFormed() && !text.includes('\0')
}

function pickLabels(given: string[]): string[] {
  // Trimmed, as the API trims them.
  const labels = given.map((label) => label.trim()).filter((label) => label && isFilterText(label))
  return [...new Map(labels.map((label) => [fold(label), label])).values()].slice(
    0,
    maxFilterLabels,
  )
}

function pickSearch(given: string | null): string {
  return given !== null && isFilterText(given) ? given : ''
}

/** Reads `due-asc` and the like. The default is newest first, as in the API. */
export function readOrder(name: string | null): TaskOrder {
  for (const [field, word] of Object.entries(orderNames) as [TaskOrderField, string][])
    for (const direction of ['ASC', 'DESC'] as const)
      if (name === `${word}-${direction.toLowerCase()}`) return { field, direction }
  return { field: 'CREATED_AT', direction: 'DESC' }
}

export function orderName({ field, direction }: TaskOrder): string {
  return `${orderNames[field]}-${direction.toLowerCase()}`
}

/** Reads URL parameters; ignores unknown values, and those that the API would refuse. */
export function readView(params: URLSearchParams): TaskView {
  return {
    status: pick(statuses, params.get('status'), 'all'),
    search: pickSearch(params.get('q')),
    priority: priorities.filter((one) => params.getAll('priority').includes(one.toLowerCase())),
    labels: pickLabels(params.getAll('label')),
    due: pick(dues, params.get('due'), ''),
    from: pickDate(params.get('from')),
    to: pickDate(params.get('to')),
    order: readOrder(params.get('sort')),
  }
}

export function writeView(view: TaskView): URLSearchParams {
  const params = new URLSearchParams()
  if (view.status !== 'all') params.set('status', view.status)
  if (view.search) params.set('q', view.search)
  for (const one of view.priority) params.append('priority', one.toLowerCase())
  for (const label of view.labels) params.append('label', label)
  for (const name of ['due', 'from', 'to'] as const) if (view[name]) params.set(name, view[name])
  const sort = orderName(view.order)
  if (sort !== 'created-desc') params.set('sort', sort)
  return params
}

/** The path of a view, for a link. */
export function viewPath(view: TaskView): string {
  const query = writeView(view).toString()
  return query ? `/?${query}` : '/'
}

function dueRange({ due, from, to }: TaskView, today: string): TaskFilter {
  if (due === 'overdue') return { dueOnOrBefore: addDays(today, -1) }
  if (due === 'today') return { dueOnOrAfter: today, dueOnOrBefore: today }
  if (due === 'week') return { dueOnOrAfter: today, dueOnOrBefore: addDays(today, 6) }
  return { ...(from && { dueOnOrAfter: from }), ...(to && { dueOnOrBefore: to }) }
}

export function filterOf(view: TaskView, today: string): TaskFilter {
  const search = view.search.trim()
  return {
    ...(view.status !== 'all' && { completed: view.status === 'done' }),
    ...(view.priority.length > 0 && { priority: view.priority }),
    ...(view.labels.length > 0 && { labels: view.labels }),
    ...dueRange(view, today),
    ...(search && { search }),
  }
}

/** The number of search and filter conditions, not counting the status. */
export function countConditions({ search, priority, labels, due, from, to }: TaskView): number {
  const ranges = [due, from, to].filter(Boolean).length
  return (search.trim() ? 1 : 0) + priority.length + labels.length + ranges
}

/** The view without the conditions that `countConditions` counts. */
export function withoutConditions({ status, order }: TaskView): TaskView {
  return { status, order, search: '', priority: [], labels: [], due: '', from: '', to: '' }
}

const dueTitles = { overdue: 'Overdue', today: 'Due today', week: 'Due in 7 days' }
const statusTitles = { all: 'All tasks', open: 'Open', done: 'Done' }

/** The name of a view, for the heading and the tab. */
export function viewTitle({ status, labels, due }: TaskView): string {
  const [label, ...others] = labels
  if (label !== undefined && others.length === 0) return label
  return due ? dueTitles[due] : statusTitles[status]
}
