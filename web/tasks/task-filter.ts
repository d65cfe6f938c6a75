import { fold } from '../gql/folding.ts'
import type { TaskFilter } from '../gql/graphql.ts'
import type { CachedTask } from './cached-task.ts'

/**
 * Whether the task matches the filter, by the rules of `TaskFilter` in the schema. Undefined: a
 * condition needs a field that is not known.
 */
export function matches(filter: TaskFilter, task: CachedTask): boolean | undefined {
  const answers = conditions.map((holds) => holds(filter, task))
  if (answers.includes(false)) return false
  return answers.includes(undefined) ? undefined : true
}

type Condition = (filter: TaskFilter, task: CachedTask) => boolean | undefined

const conditions: Condition[] = [
  ({ completed }, task) => completed == null || equal(task.completed, completed),
  ({ priority }, task) => priority == null || (task.priority && priority.includes(task.priority)),
  ({ labels }, task) => labels == null || hasLabels(task, labels),
  ({ dueOnOrAfter }, task) => dueOnOrAfter == null || isDue(task, (on) => on >= dueOnOrAfter),
  ({ dueOnOrBefore }, task) => dueOnOrBefore == null || isDue(task, (on) => on <= dueOnOrBefore),
  ({ search }, task) => search == null || mentions(task, search),
]

function equal<Value>(known: Value | undefined, wanted: Value): boolean | undefined {
  return known === undefined ? undefined : known === wanted
}

function hasLabels({ labels }: CachedTask, wanted: readonly string[]): boolean | undefined {
  const known = labels?.map(fold)
  return known && wanted.every((label) => known.includes(fold(label)))
}

/** A task without a due date is in no range of dates. */
function isDue({ dueOn }: CachedTask, within: (on: string) => boolean): boolean | undefined {
  if (dueOn === undefined) return undefined
  return dueOn !== null && within(dueOn)
}

function mentions(task: CachedTask, search: string): boolean | undefined {
  const texts = [task.title, task.description, ...(task.labels ?? [undefined])]
  const sought = fold(search)
  if (texts.some((text) => text && fold(text).includes(sought))) return true
  return texts.includes(undefined) ? undefined : false
}
