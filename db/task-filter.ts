import { isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { fold } from './folding.ts'
import { type TaskPriority, taskPriority, tasks } from './tables.ts'

/** A task must match all given conditions. */
export type TaskFilter = {
  completed?: boolean
  priority?: TaskPriority[] // any of these
  labels?: string[] // all of these, case-insensitive
  dueOnOrAfter?: string
  dueOnOrBefore?: string
  search?: string // in title, description and labels, case-insensitive
}

const { placeholder } = sql

/** Letters for the given conditions. The same letters mean the same SQL. */
export function shapeOf(filter: TaskFilter): string {
  const { completed, priority, labels, dueOnOrAfter, dueOnOrBefore, search } = filter
  return [
    completed === undefined ? '' : completed ? 'c' : 'o',
    priority && 'p',
    labels && 'l',
    dueOnOrAfter && 'f',
    dueOnOrBefore && 'u',
    search !== undefined && 's',
    isSearchable(filter) && 'g',
  ]
    .filter(Boolean)
    .join('')
}

export function conditionsOf(filter: TaskFilter): (SQL | undefined)[] {
  const { completed, priority, labels, dueOnOrAfter, dueOnOrBefore, search } = filter
  return [
    completed === undefined ? undefined : isCompleted(completed),
    // By rank: under row-level security an enum comparison cannot use an index (see tables.ts).
    priority && sql`${tasks.priorityRank} = any(${placeholder('ranks')}::smallint[])`,
    labels && sql`${tasks.labelKeys} @> ${placeholder('labels')}::text[]`,
    dueOnOrAfter === undefined
      ? undefined
      : sql`${tasks.dueOn} >= ${placeholder('dueOnOrAfter')}::date`,
    dueOnOrBefore === undefined
      ? undefined
      : sql`${tasks.dueOn} <= ${placeholder('dueOnOrBefore')}::date`,
    search === undefined ? undefined : containsSearch,
  ]
}

export function valuesOf(filter: TaskFilter): Record<string, unknown> {
  const { priority, labels, search } = filter
  return {
    ...filter,
    ranks: priority?.map((name) => taskPriority.enumValues.indexOf(name)),
    labels: labels?.map(fold),
    search: search === undefined ? search : Buffer.from(fold(search)),
    texts: textsOf(filter).map((bytes) => `\\x${bytes.toString('hex')}`),
  }
}

/**
 * The bytes that a matching task has in its searched texts (migration 0009): the search, and each label
 * between the letters that stand around labels there. Only those that have a gram of three bytes.
 */
function textsOf({ labels = [], search = '' }: TaskFilter): Buffer[] {
  const texts = [fold(search), ...labels.map((label) => `A${fold(label)}A`)]
  return texts.map((text) => Buffer.from(text)).filter((bytes) => bytes.length >= 3)
}

/** The index of grams can find candidates for this filter. */
export function isSearchable(filter: TaskFilter): boolean {
  return textsOf(filter).length > 0
}

export function isCompleted(completed: boolean): SQL {
  return completed ? isNotNull(tasks.completedAt) : isNull(tasks.completedAt)
}

// Case-folded text has no capitals, so a search cannot match across two labels.
const joinedLabels = sql`array_to_string(${tasks.labelKeys}, 'A')`

/**
 * Compares bytes. It finds the same matches as a comparison of characters, because in UTF-8 no
 * character is part of another. Unlike with strpos and LIKE, its time does not grow with the length
 * of the search (docs/decisions/0021-search-compares-bytes.md). textsend returns the text in the
 * encoding of the connection, which pg sets to UTF-8.
 */
const containsSearch = or(
  ...[tasks.titleKey, tasks.descriptionKey, joinedLabels].map(
    (key) => sql`position(${placeholder('search')}::bytea in textsend(${key})) > 0`,
  ),
)
