import { and, count, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { asOwner } from './as-owner.ts'
import type { Db } from './client.ts'
import { fold } from './folding.ts'
import { between, boundsOf, boundsShape, orderBy, type Page, type TaskOrder } from './pages.ts'
import { prepared } from './prepared.ts'
import { type Task, type TaskPriority, taskPriority, tasks } from './tables.ts'

/** All given conditions hold together. */
export type TaskFilter = {
  completed?: boolean
  priority?: TaskPriority[] // any of
  labels?: string[] // all of, without regard to case
  dueOnOrAfter?: string
  dueOnOrBefore?: string
  search?: string // in title, description and labels, without regard to case
}

const { placeholder } = sql
const isOwned = eq(tasks.userId, placeholder('ownerId'))

/** At most `page.limit` tasks, always in the order asked for, whichever way the page is read. */
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
  const values = { ownerId, ...valuesOf(filter), ...boundsOf(page), limit: page.limit }
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

/** The letters of the conditions that are given: with the same letters, the SQL is the same. */
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
    // By rank, because the wall keeps the comparison of an enum out of an index (see tables.ts).
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

// Folded text has no capitals, so a search cannot match across the end of a label.
const joinedLabels = sql`array_to_string(${tasks.labelKeys}, 'A')`

/**
 * Compares bytes, which finds the same places as comparing characters does: in UTF-8 no character
 * is part of another. Unlike strpos and LIKE, its time does not grow with the length of the search
 * (docs/decisions/0021-search-compares-bytes.md). textsend answers the text in the encoding of the
 * connection, and pg asks for UTF-8 on all of its connections.
 */
const containsSearch = or(
  ...[tasks.titleKey, tasks.descriptionKey, joinedLabels].map(
    (key) => sql`position(${placeholder('search')}::bytea in textsend(${key})) > 0`,
  ),
)
