import { fold } from '../gql/folding.ts'
import type { TaskPriority } from '../gql/graphql.ts'
import type { TaskRepeat } from './repeat-words.ts'

/** The fields of a task that a person edits. */
export type TaskValues = {
  title: string
  description: string | null
  dueOn: string | null
  priority: TaskPriority
  labels: string[]
  /** Null: the task does not repeat. */
  repeat: TaskRepeat | null
}

export type TaskField = keyof TaskValues

/** A task as the page shows it. */
export type TaskVersion = TaskValues & { id: string; updatedAt: string }

type Edit<Value> = {
  /** The value that the person saw when the edit began. */
  base: Value
  mine: Value
  /** Values that were sent without an answer: the server may have them. */
  tried?: Value[]
}

/** What a person changed and the server has not confirmed. */
export type TaskEdits = { [Field in TaskField]?: Edit<TaskValues[Field]> }

export const taskFields: readonly TaskField[] = [
  'title',
  'description',
  'dueOn',
  'priority',
  'labels',
  'repeat',
]

/** Whether two values of a field are the same to the API, which compares labels without regard to case. */
export function isSameValue(one: TaskValues[TaskField], other: TaskValues[TaskField]): boolean {
  return canonical(one) === canonical(other)
}

function canonical(value: TaskValues[TaskField]): string {
  if (Array.isArray(value)) return JSON.stringify(value.map(fold).toSorted())
  if (value === null || typeof value === 'string') return JSON.stringify(value)
  const { every, unit, weekdays, from } = value // without `__typename`
  return JSON.stringify([every, unit, weekdays, from])
}

/** Edits of `version`: what the person saw is what it holds. */
export function editsOf(version: TaskVersion, changes: Partial<TaskValues>): TaskEdits {
  const edits = Object.entries(changes).map(([field, mine]) => {
    return [field, { base: version[field as TaskField], mine }]
  })
  return Object.fromEntries(edits)
}

/**
 * Merges edits into the task as it is now.
 * @returns `changes`: what to send; `conflicts`: the fields that another client changed as well, to
 * another value.
 */
export function mergeEdits(edits: TaskEdits, now: TaskValues) {
  const open = taskFields.filter((field) => {
    const edit = edits[field]
    return edit && !isSameValue(edit.mine, now[field])
  })
  const conflicts = open.filter((field) => !isExpected(edits, field, now))
  const changes: Partial<TaskValues> = Object.fromEntries(
    open.filter((field) => !conflicts.includes(field)).map((field) => [field, edits[field]?.mine]),
  )
  return { changes, conflicts }
}

function isExpected(edits: TaskEdits, field: TaskField, now: TaskValues): boolean {
  const { base, tried = [] } = edits[field] ?? { base: now[field] }
  return [base, ...tried].some((value) => isSameValue(value, now[field]))
}
