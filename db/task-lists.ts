import { and, count, type Placeholder, type SQL, sql } from 'drizzle-orm'
import { PgDialect, type SelectedFields } from 'drizzle-orm/pg-core'
import type { Db } from './client.ts'
import { isOwnTask, isOwnTrash } from './own-tasks.ts'
import { between, boundsShape, boundValues, orderBy, type Page, type TaskOrder } from './pages.ts'
import { queryAs, runAs, type Statement, sqlBuilder, statement } from './statements.ts'
import { type Task, tasks } from './tables.ts'
import { everyColumn, pickColumns, type TaskColumn } from './task-columns.ts'
import { keptCount } from './task-counts.ts'
import { conditionsOf, isSearchable, shapeOf, type TaskFilter, valuesOf } from './task-filter.ts'
import { positionStatement } from './task-history.ts'
import { countBySearch, selectBySearch } from './task-search.ts'

const { placeholder } = sql

/** The order of the trash lists only the trash; the other orders leave it out. */
const ownTasks = (order?: TaskOrder) => (order?.field === 'DELETED_AT' ? isOwnTrash : isOwnTask)

/** What to read of a page. What is false is not read. */
export type PageParts = {
  /** The tasks, and whether more follow them. */
  tasks: boolean
  /** Whether the list has tasks before the page; if the page is read backward, after it. */
  beyond: boolean
  totalCount: boolean
  /** Where the history stood before the page was read. */
  historyPosition?: boolean
}

export type TaskPage = {
  tasks: Task[]
  /** Whether the list goes on where the page ends; if it is read backward, where it begins. */
  hasMore: boolean
  hasBeyond: boolean
  totalCount: number
  historyPosition: number
}

type PageRequest = {
  filter: TaskFilter
  order: TaskOrder
  page: Page
  columns: readonly TaskColumn[]
  parts: PageParts
}

/** Reads the parts of a page in one round trip. A part that is not read is empty, false or 0. */
export async function readPage(
  db: Db,
  ownerId: string,
  { filter, order, page, columns, parts }: PageRequest,
): Promise<TaskPage> {
  const { limit, backward } = page
  const beyond = parts.beyond ? beyondPage(page) : undefined
  const list = parts.tasks && listStatement(filter, order, page, columns)
  const facts = (parts.totalCount || beyond) && factsStatement(filter, order, beyond, parts)
  const values = { ...valuesOf(filter), ...boundValues({ ...page, ...beyond }), ownerId }
  const history = parts.historyPosition && positionStatement()
  const bound = [
    ...(history ? [history.bind(values)] : []), // first, so that the page has each change up to it
    ...(list ? [list.bind({ ...values, limit: limit + 1 })] : []),
    ...(facts ? [facts.bind(values)] : []),
  ]
  const results = bound.length > 0 ? await runAs(db, ownerId, bound) : []
  const [historyState] = history ? history.readRows(results.shift() ?? []) : []
  const found = list ? list.readRows(results[0] ?? []) : []
  const [fact] = facts ? facts.readRows(results.at(-1) ?? []) : []
  const tasks = found.slice(0, limit)
  return {
    tasks: backward ? tasks.reverse() : tasks,
    hasMore: found.length > limit,
    hasBeyond: fact?.hasBeyond ?? false,
    totalCount: fact?.totalCount ?? 0,
    historyPosition: historyState?.position ?? 0,
  }
}

/**
 * On the side where the page starts, tasks exist beyond it only if it has a cursor there. The task of
 * the cursor may be deleted by now, so this needs a query.
 */
function beyondPage({ backward, after, before }: Page): Page | undefined {
  if (backward) return before && { after, from: before, limit: 1, backward: false }
  return after && { before, upTo: after, limit: 1, backward: true }
}

/** At most `page.limit` tasks, in the given order, also when the page is read backward. */
export async function listTasks(
  db: Db,
  ownerId: string,
  filter: TaskFilter,
  order: TaskOrder,
  page: Page,
): Promise<Task[]> {
  const list = listStatement(filter, order, page, everyColumn)
  const values = { ...valuesOf(filter), ...boundValues(page), limit: page.limit }
  const found = await queryAs(db, ownerId, list, values)
  return page.backward ? found.reverse() : found
}

export async function countTasks(db: Db, ownerId: string, filter: TaskFilter): Promise<number> {
  const facts = factsStatement(filter, undefined, undefined, { totalCount: true })
  const [fact] = await queryAs(db, ownerId, facts, valuesOf(filter))
  return fact?.totalCount ?? 0
}

function listStatement(
  filter: TaskFilter,
  order: TaskOrder,
  page: Page,
  columns: readonly TaskColumn[],
): Statement<Task> {
  const shape = `list ${columns} ${pageShape(order, page)} ${shapeOf(filter)}`
  return statement<Task>(shape, () => {
    const readers = pickColumns(columns)
    const selected = selectPage(readers, filter, order, page, placeholder('limit'))
    return { query: new PgDialect().sqlToQuery(selected), readers }
  })
}

type Facts = { totalCount: number; hasBeyond: boolean }

/** What a page says beside its tasks: one row. */
function factsStatement(
  filter: TaskFilter,
  order: TaskOrder | undefined,
  beyond: Page | undefined,
  { totalCount }: Pick<PageParts, 'totalCount'>,
): Statement<Partial<Facts>> {
  const beyondShape = order && beyond ? pageShape(order, beyond) : ''
  const isTrash = order?.field === 'DELETED_AT'
  const shape = `facts ${totalCount ? 'count' : ''} ${isTrash} ${beyondShape} ${shapeOf(filter)}`
  return statement<Partial<Facts>>(shape, () => {
    const found = order && beyond && selectPage({ id: tasks.id }, filter, order, beyond, 1)
    const facts = [
      ...(totalCount ? [countOf(filter, order)] : []),
      ...(found ? [sql`(${found})`] : []),
    ]
    return {
      query: new PgDialect().sqlToQuery(sql`select ${sql.join(facts, sql`, `)}`),
      readers: {
        ...(totalCount ? { totalCount: Number } : {}),
        ...(found ? { hasBeyond: () => true } : {}), // null when there is none
      },
    }
  })
}

/** Reads the tasks only if no row has their number: Postgres evaluates `coalesce` from left to right. */
function countOf(filter: TaskFilter, order: TaskOrder | undefined): SQL {
  const isOwned = ownTasks(order)
  if (isSearchable(filter)) return countBySearch(isOwned, conditionsOf(filter))
  const counted = sqlBuilder
    .select({ count: count() })
    .from(tasks)
    .where(and(isOwned, ...conditionsOf(filter)))
  const kept = isOwned === isOwnTask ? keptCount(filter) : undefined
  return kept ? sql`coalesce(${kept}, ${counted})` : sql`${counted}`
}

function selectPage(
  columns: SelectedFields,
  filter: TaskFilter,
  order: TaskOrder,
  page: Page,
  limit: number | Placeholder,
): SQL {
  const conditions = conditionsOf(filter)
  const isOwned = ownTasks(order)
  if (isSearchable(filter))
    return selectBySearch({ columns, isOwned, conditions, order, page, limit })
  const selected = sqlBuilder
    .select(columns)
    .from(tasks)
    .where(and(isOwned, ...conditions, between(order, page)))
    .orderBy(...orderBy(order, page.backward))
    .limit(limit)
  return selected.getSQL()
}

/** The same text means the same SQL of selectPage. */
function pageShape({ field, direction }: TaskOrder, page: Page): string {
  return `${field} ${direction} ${page.backward ? 'backward' : 'forward'} ${boundsShape(page)}`
}
