import { and, asc, desc, eq, getTableColumns, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Actor } from './actors.ts'
import type { Fields } from './batch.ts'
import type { Db } from './client.ts'
import { queryAs, runAs, type Statement, sqlBuilder, statement } from './statements.ts'
import { type Task, type TaskChangeRow, taskChanges, taskHistories, tasks } from './tables.ts'
import { everyColumn, pickColumns, type TaskColumn } from './task-columns.ts'
import { toIsoTime } from './times.ts'

const { placeholder } = sql

/** A change of a task, as the history has it. Of the columns, only those that were asked for are set. */
export type RecordedChange = TaskChangeRow & {
  /** The position of the last change that took this one back. Null: it is in effect, also again. */
  undoneBy: number | null
  /** The task as it is now, also in the trash. Null: purged, or not read. */
  task: Task | null
}

export type ChangeColumn = Exclude<keyof RecordedChange, 'task' | 'userId'>

/** All given conditions hold together. */
export type ChangeFilter = {
  taskId?: string
  actor?: Pick<Actor, 'kind' | 'id'>
  occurredAtOrAfter?: string // ISO 8601
}

/** Where the history of an owner stands: 0 and 0 before the first change. */
export type HistoryState = {
  /** Of the last change. */
  position: number
  /** Changes up to this position are not kept any more. */
  keptAfter: number
}

export type ChangesRequest = {
  /** Only changes after this position. */
  after: number
  /** The latest changes before this position instead. */
  before?: number | undefined
  /** Max changes. */
  limit: number
  filter?: ChangeFilter
  columns: readonly ChangeColumn[]
  /** The columns of `task`. Undefined: tasks are not read. */
  taskColumns?: readonly TaskColumn[] | undefined
  /** Whether to look for matching changes up to `after`, or from `before` on. */
  beyond?: boolean
}

export type ChangesPage = HistoryState & {
  changes: RecordedChange[]
  hasMore: boolean
  hasBeyond: boolean
}

/**
 * Reads changes, the oldest first, in one round trip. The state is read after the changes: if
 * `keptAfter` is then at most `after`, no change between was deleted while they were read.
 */
export async function readChanges(
  db: Db,
  ownerId: string,
  { after, before, limit, filter = {}, columns, taskColumns, beyond = false }: ChangesRequest,
): Promise<ChangesPage> {
  const direction = before === undefined ? forward : backward
  const list = listStatement(direction, filter, columns, taskColumns)
  const state = stateStatement(beyond ? filter : undefined, direction)
  const { actor, ...others } = filter
  const from = before ?? after
  const values = { ...others, actorKind: actor?.kind, actorId: actor?.id, ownerId, from }
  const [found = [], facts = []] = await runAs(db, ownerId, [
    list.bind({ ...values, limit: limit + 1 }),
    state.bind(values),
  ])
  const [fact] = state.readRows(facts)
  const changes = list.readChanges(ownerId, found.slice(0, limit))
  return {
    changes: before === undefined ? changes : changes.reverse(),
    hasMore: found.length > limit,
    hasBeyond: fact?.hasBeyond ?? false,
    position: fact?.position ?? 0,
    keptAfter: fact?.keptAfter ?? 0,
  }
}

export async function readHistoryState(db: Db, ownerId: string): Promise<HistoryState> {
  const state = stateStatement(undefined, forward)
  const [rows = []] = await runAs(db, ownerId, [state.bind({ ownerId })])
  const [fact] = state.readRows(rows)
  return { position: fact?.position ?? 0, keptAfter: fact?.keptAfter ?? 0 }
}

const isOwnHistory = eq(taskHistories.userId, placeholder('ownerId'))

/** The owner's tasks with these ids, also those in the trash, by id. */
export async function findChangedTasks(
  db: Db,
  ownerId: string,
  ids: string[],
): Promise<Map<string, Task>> {
  const find = statement<Task>('find changed tasks', () => {
    const readers = pickColumns(everyColumn)
    const found = sqlBuilder
      .select(readers)
      .from(tasks)
      .where(and(isOwnerOfTask, sql`${tasks.id} = any(${placeholder('ids')}::uuid[])`))
    return { query: found.toSQL(), readers }
  })
  const found = await queryAs(db, ownerId, find, { ids })
  return new Map(found.map((task) => [task.id, task]))
}

/** Also of tasks in the trash, which the history shows. */
const isOwnerOfTask = eq(tasks.userId, placeholder('ownerId'))

/** The statement for the position alone, for a batch that reads tasks after it. */
export function positionStatement(): Statement<{ position: number }> {
  return statement('history position', () => ({
    query: toQuery(
      sql`select ${taskHistories.position} from ${taskHistories} where ${isOwnHistory}`,
    ),
    readers: { position: Number },
  }))
}

const isOwnChange = eq(taskChanges.userId, placeholder('ownerId'))
const { position } = taskChanges

/** Which changes a page reads from a position on, in which order, and which are beyond. */
type Direction = { name: string; isAhead: SQL; isBeyond: SQL; order: SQL; pageOrder: SQL }

const forward: Direction = {
  name: 'forward',
  isAhead: gt(position, placeholder('from')),
  isBeyond: lte(position, placeholder('from')),
  order: asc(position),
  pageOrder: sql`page.position`,
}
const backward: Direction = {
  name: 'backward',
  isAhead: lt(position, placeholder('from')),
  isBeyond: gte(position, placeholder('from')),
  order: desc(position),
  pageOrder: sql`page.position desc`,
}

type StateRow = HistoryState & { hasBeyond: boolean }

/** One row, or none before the first change. `filter`: undefined if nothing is looked for beyond. */
function stateStatement(
  filter: ChangeFilter | undefined,
  { name, isBeyond }: Direction,
): Statement<StateRow> {
  const shape = `history state ${filter && `${name} ${filterShape(filter)}`}`
  return statement<StateRow>(shape, () => {
    const beyond = filter && and(isOwnChange, isBeyond, ...conditionsOf(filter))
    const hasBeyond = beyond ? sql`exists (select from ${taskChanges} where ${beyond})` : sql`false`
    return {
      query: toQuery(
        sql`select ${taskHistories.position}, ${taskHistories.keptAfter}, ${hasBeyond}
            from ${taskHistories} where ${isOwnHistory}`,
      ),
      readers: { position: Number, keptAfter: Number, hasBeyond: (text) => text === 't' },
    }
  })
}

const change = getTableColumns(taskChanges)
const parseJson = (text: string) => JSON.parse(text)
const asText = (text: string) => text

/** The SQL of each column of a change, and how its text is read. */
const changeColumns: Record<ChangeColumn, { column: SQL; read: (text: string) => unknown }> = {
  position: { column: pageColumn('position'), read: Number },
  taskId: { column: pageColumn('taskId'), read: asText },
  kind: { column: pageColumn('kind'), read: asText },
  occurredAt: { column: pageColumn('occurredAt'), read: toIsoTime },
  actorKind: { column: pageColumn('actorKind'), read: asText },
  actorId: { column: pageColumn('actorId'), read: asText },
  actorName: { column: pageColumn('actorName'), read: asText },
  before: { column: pageColumn('before'), read: parseJson },
  after: { column: pageColumn('after'), read: parseJson },
  undoes: { column: pageColumn('undoes'), read: Number },
  undoneBy: {
    column: sql`undoer_of(page.user_id, page.position)`, // migration 0019
    read: Number,
  },
}

export const everyChangeColumn = Object.keys(changeColumns) as ChangeColumn[]

function pageColumn(name: keyof typeof change): SQL {
  return sql.raw(`page."${change[name].name}"`)
}

type ListStatement = Statement<Record<string, unknown>> & {
  readChanges: (ownerId: string, rows: Fields[]) => RecordedChange[]
}

/** The changes of a page, each with its task: joined after the limit. */
function listStatement(
  direction: Direction,
  filter: ChangeFilter,
  columns: readonly ChangeColumn[],
  taskColumns: readonly TaskColumn[] | undefined,
): ListStatement {
  const shape = `list changes ${direction.name} ${columns} ${taskColumns} ${filterShape(filter)}`
  const taskReaders = Object.entries(taskColumns ? pickColumns(taskColumns) : {})
  const list = statement<Record<string, unknown>>(shape, () => {
    const condition = and(isOwnChange, direction.isAhead, ...conditionsOf(filter))
    const selected = [
      ...columns.map((name) => changeColumns[name].column),
      ...taskReaders.map(([, column]) => sql`${column}`),
    ]
    const joined = taskColumns
      ? sql`left join ${tasks} on ${and(isOwnerOfTask, sql`${tasks.id} = page.task_id`)}`
      : sql``
    return {
      query: toQuery(sql`select ${sql.join(selected, sql`, `)} from (
          select * from ${taskChanges} where ${condition}
          order by ${direction.order} limit ${placeholder('limit')}
        ) as page ${joined} order by ${direction.pageOrder}`),
      readers: Object.fromEntries([
        ...columns.map((name) => [name, changeColumns[name].read]),
        ...taskReaders.map(([name, column]) => [`task.${name}`, column]),
      ]),
    }
  })
  const readTask = (row: Record<string, unknown>) =>
    row['task.id'] == null
      ? null
      : Object.fromEntries(taskReaders.map(([name]) => [name, row[`task.${name}`]]))
  const readChange = (userId: string, row: Record<string, unknown>) =>
    ({ ...row, userId, task: readTask(row) }) as RecordedChange
  return {
    ...list,
    readChanges: (ownerId, rows) => list.readRows(rows).map((row) => readChange(ownerId, row)),
  }
}

function conditionsOf({ taskId, actor, occurredAtOrAfter }: ChangeFilter): (SQL | undefined)[] {
  return [
    taskId === undefined ? undefined : sql`${change.taskId} = ${placeholder('taskId')}::uuid`,
    actor &&
      and(
        sql`${change.actorKind} = ${placeholder('actorKind')}`,
        sql`${change.actorId} = ${placeholder('actorId')}`,
      ),
    occurredAtOrAfter === undefined
      ? undefined
      : sql`${change.occurredAt} >= ${placeholder('occurredAtOrAfter')}::timestamptz`,
  ]
}

/** Letters for the given conditions. The same letters mean the same SQL. */
function filterShape({ taskId, actor, occurredAtOrAfter }: ChangeFilter): string {
  return `${taskId ? 't' : ''}${actor ? 'a' : ''}${occurredAtOrAfter ? 'o' : ''}`
}

function toQuery(text: SQL) {
  return new PgDialect().sqlToQuery(text)
}
