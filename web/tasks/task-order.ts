import { keyOf } from '../gql/folding.ts'
import type { TaskOrder } from '../gql/graphql.ts'
import type { CachedTask } from './cached-task.ts'

/** The default order of the API. */
export const defaultOrder: TaskOrder = { field: 'CREATED_AT', direction: 'DESC' }

/** `certain`: the API is sure to place it there too. */
export type Place = { index: number; certain: boolean }

const priorities = ['LOW', 'MEDIUM', 'HIGH']

/**
 * The place of a task among sorted tasks. Never certain among equals, which the database orders by
 * id, nor by title, which an older browser may case-fold otherwise.
 */
export function findPlace(task: CachedTask, sorted: CachedTask[], order: TaskOrder): Place {
  const compared = sorted.map((other) => compare(task, other, order))
  const next = compared.findIndex((difference) => difference < 0)
  const distinct = compared.every((difference) => difference > 0 || difference < 0)
  return {
    index: next < 0 ? sorted.length : next,
    certain: sorted.length === 0 || (distinct && order.field !== 'TITLE'),
  }
}

/** Whether both tasks have the same rank. */
export function ranksEqually(one: CachedTask, other: CachedTask, order: TaskOrder): boolean {
  return compare(one, other, order) === 0
}

/** Negative: `task` comes before `other`. NaN: a required field is not known. */
function compare(task: CachedTask, other: CachedTask, { field, direction }: TaskOrder): number {
  if (field === 'DUE_ON') {
    // Tasks without a due date come last in both directions.
    const undated = Number(task.dueOn === null) - Number(other.dueOn === null)
    if (undated !== 0 && task.dueOn !== undefined && other.dueOn !== undefined) return undated
    if (task.dueOn === null && other.dueOn === null) return 0
  }
  const difference =
    field === 'TITLE'
      ? compareCodePoints(keyOf(task.title ?? ''), keyOf(other.title ?? ''))
      : rank(task, field) - rank(other, field)
  return direction === 'ASC' ? difference : -difference
}

/** Like UTF-8 in the database. `<` compares UTF-16 units: it puts an emoji before U+FF21. */
function compareCodePoints(one: string, other: string): number {
  const others = [...other]
  for (const [index, character] of [...one].entries()) {
    const difference = (character.codePointAt(0) ?? 0) - (others[index]?.codePointAt(0) ?? -1)
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

function rank(task: CachedTask, field: Exclude<TaskOrder['field'], 'TITLE'>): number {
  switch (field) {
    case 'PRIORITY':
      return task.priority ? priorities.indexOf(task.priority) : Number.NaN
    case 'DUE_ON':
      return Date.parse(task.dueOn ?? '')
    case 'CREATED_AT':
      return Date.parse(task.createdAt ?? '')
    case 'UPDATED_AT':
      return Date.parse(task.updatedAt ?? '')
  }
}
