import { isNotNull, isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { commonParts, fold, keyOf } from './folding.ts'
import { type TaskPriority, taskPriority, tasks } from './tables.ts'
import { foldedDescription, foldedLabels, foldedTitle } from './task-columns.ts'

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
    search !== undefined && hasFoldings(search) && 'S',
    labels?.some(hasFoldings) && 'L',
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
    labels && or(bearsLabels, labels.some(hasFoldings) ? bearsLabelKeys : undefined),
    dueOnOrAfter === undefined
      ? undefined
      : sql`${tasks.dueOn} >= ${placeholder('dueOnOrAfter')}::date`,
    dueOnOrBefore === undefined
      ? undefined
      : sql`${tasks.dueOn} <= ${placeholder('dueOnOrBefore')}::date`,
    search === undefined
      ? undefined
      : or(containsSearch, hasFoldings(search) ? containsSearchKey : undefined),
  ]
}

export function valuesOf(filter: TaskFilter): Record<string, unknown> {
  const { priority, labels, search } = filter
  return {
    ...filter,
    ranks: priority?.map((name) => taskPriority.enumValues.indexOf(name)),
    labels: labels?.map(fold),
    labelKeys: labels?.map(keyOf),
    search: search === undefined ? search : Buffer.from(fold(search)),
    searchKey: search === undefined ? search : Buffer.from(keyOf(search)),
    texts: textsOf(filter).map((bytes) => `\\x${bytes.toString('hex')}`),
  }
}

/**
 * The bytes that a matching task has in its searched texts (migration 0009): the search, and each label
 * between the letters that stand around labels there. Of these the parts that a task has before and
 * after it gets its case-folded texts, and only those that have a gram of three bytes.
 */
function textsOf({ labels, search }: TaskFilter): Buffer[] {
  if (!labels && !search) return [] // most pages
  const texts = [commonParts(search ?? ''), ...(labels ?? []).map(labelParts)].flat()
  return texts.map((text) => Buffer.from(text)).filter((bytes) => bytes.length >= 3)
}

function labelParts(label: string): string[] {
  const parts = commonParts(label)
  return parts.map((part, n) => `${n === 0 ? 'A' : ''}${part}${n === parts.length - 1 ? 'A' : ''}`)
}

/** The index of grams can find candidates for this filter. */
export function isSearchable(filter: TaskFilter): boolean {
  return textsOf(filter).length > 0
}

export function isCompleted(completed: boolean): SQL {
  return completed ? isNotNull(tasks.completedAt) : isNull(tasks.completedAt)
}

/** A task from before migration 0010 is found by its keys until foldOwner has written its texts. */
function hasFoldings(text: string): boolean {
  return fold(text) !== keyOf(text)
}

/** Not coalesce: Postgres has statistics of columns, and plans a page by how many tasks have a label. */
const bearsLabels = or(
  sql`${tasks.labelKeys} @> ${placeholder('labels')}::text[]`,
  sql`${tasks.foldedLabels} @> ${placeholder('labels')}::text[]`,
)
const bearsLabelKeys = sql`${tasks.labelKeys} @> ${placeholder('labelKeys')}::text[]`

/**
 * Compares bytes. It finds the same matches as a comparison of characters, because in UTF-8 no
 * character is part of another. Unlike with strpos and LIKE, its time does not grow with the length
 * of the search (docs/decisions/0021-search-compares-bytes.md). textsend returns the text in the
 * encoding of the connection, which pg sets to UTF-8.
 */
function contains(texts: SQLWrapper[], bytes: string): SQL | undefined {
  return or(
    ...texts.map((text) => sql`position(${placeholder(bytes)}::bytea in textsend(${text})) > 0`),
  )
}

// Neither keys nor case-folded texts have capitals, so a search cannot match across two labels.
const joined = (labels: SQLWrapper) => sql`array_to_string(${labels}, 'A')`
const containsSearch = contains([foldedTitle, foldedDescription, joined(foldedLabels)], 'search')
const containsSearchKey = contains(
  [tasks.titleKey, tasks.descriptionKey, joined(tasks.labelKeys)],
  'searchKey',
)
