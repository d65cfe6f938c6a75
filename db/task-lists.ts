import { and, count, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { asOwner } from './as-owner.ts'
import type { Db } from './client.ts'
import { fold } from './folding.ts'
import { between, boundsShape, boundValues, orderBy, type Page, type TaskOrder } from './pages.ts'
import { prepared } from './prepared.ts'
import { type Task, type TaskPriority, taskPriority, tasks } from './tables.ts'

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
const isOwned = eq(tasks.userId, placeholder('ownerId'))

/** At most `page.limit` tasks, in the given order, also when the page is read backward. */
export async function listTasks(
  db: Db,
  ownerId: string,
  filter: TaskFilter,
  order: TaskOrder,
  page: Page,
): Promise<Task[]> {
  const direction = `${order.direction} ${page.backward ? 'backward' : 'forward'}`
  const name = `list ${order.field} ${direction} ${boundsShape(page)} ${shapeOf(filter)}`
  const statement = prepared(db, name, (name) =>
    db
      .select()
      .from(tasks)
      .where(and(isOwned, ...conditionsOf(filter), between(order, page)))
      .orderBy(...orderBy(order, page.backward))
      .limit(placeholder('limit'))
      .prepare(name),
  )
  const values = { ownerId, ...valuesOf(filter), ...boundValues(page), limit: page.limit }
  const found = await asOwner(ownerId, () => statement.execute(values))
  return page.backward ? found.reverse() : found
}

export async function countTasks(db: Db, ownerId: string, filter: TaskFilter): Promise<number> {
  const statement = prepared(db, `count ${shapeOf(filter)}`, (name) =>
    db
      .select({ count: count() })
      .from(tasks)
      .where(and(isOwned, ...conditionsOf(filter)))
      .prepare(name),
  )
  const [row] = await asOwner(ownerId, () => statement.execute({ ownerId, ...valuesOf(filter) }))
  return row?.count ?? 0
}

/** Letters for the given conditions. The same letters mean the same SQL. */
function shapeOf(filter: TaskFilter): string {
  const { completed, priority, labels, dueOnOrAfter, dueOnOrBefore, search } = filter
  return [
    completed === undefined ? '' : completed ? 'c' : 'o',
    priority && 'p',
    labels && 'l',
    dueOnOrAfter && 'f',
    dueOnOrBefore && 'u',
    search !== undefined && 's',
  ]
    .filter(Boolean)
    .join('')
}

function conditionsOf(filter: TaskFilter): (SQL | undefined)[] {
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

function valuesOf({ priority, labels, search, ...filter }: TaskFilter): Record<string, unknown> {
  return {
    ...filter,
    ranks: priority?.map((name) => taskPriority.enumValues.indexOf(name)),
    labels: labels?.map(fold),
    search: search === undefined ? search : Buffer.from(fold(search)),
  }
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
