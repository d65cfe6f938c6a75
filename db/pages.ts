import { and, asc, desc, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { dueOnOr, type Task, tasks } from './tables.ts'
import type { TaskColumn } from './task-columns.ts'

export type TaskOrder = {
  /** DELETED_AT: the order of the trash, which only has tasks of the trash. */
  field: 'CREATED_AT' | 'UPDATED_AT' | 'DUE_ON' | 'PRIORITY' | 'TITLE' | 'DELETED_AT'
  direction: 'ASC' | 'DESC'
}

/** The position of a task in an order: its sort key as text, and its id to break ties. */
export type Position = { key: string; id: string }

/** The bounds of a page. `after` and `before` are exclusive, `from` and `upTo` inclusive. */
type Bounds = Partial<Record<'after' | 'from' | 'before' | 'upTo', Position>>

/** The first `limit` tasks within the bounds; if `backward`, the last ones. */
export type Page = Bounds & { limit: number; backward: boolean }

type SortKey = {
  /** The SQL expression to sort by. Has an index (user_id, key, id). Never null in its list. */
  expression: SQL
  /** The SQL type that the text of a cursor is cast to. */
  cast: SQL
  /** The column that `read` reads. */
  column: TaskColumn
  read: (task: Task) => string
  /** Validates the key of a cursor, which a client may have changed. */
  valid: z.ZodType<string>
}

const notYearZero = (text: string) => !text.startsWith('0000') // Postgres has no year 0
const time = z.iso.datetime({ precision: 3 }).refine(notYearZero)
const day = z.iso.date().refine(notYearZero)
const storableText = z.string().refine((text) => text.isWellFormed() && !text.includes('\0'))

/** A task without a due date comes last in both directions. */
function dueOnKey(absent: 'infinity' | '-infinity'): SortKey {
  return {
    expression: dueOnOr(tasks.dueOn, absent),
    cast: sql`date`,
    column: 'dueOn',
    read: (task) => task.dueOn ?? absent,
    valid: z.union([day, z.literal(absent)]),
  }
}

const sortKeys = {
  CREATED_AT: {
    expression: sql`${tasks.createdAt}`,
    cast: sql`timestamptz`,
    column: 'createdAt',
    read: (task) => task.createdAt,
    valid: time,
  },
  UPDATED_AT: {
    expression: sql`${tasks.updatedAt}`,
    cast: sql`timestamptz`,
    column: 'updatedAt',
    read: (task) => task.updatedAt,
    valid: time,
  },
  PRIORITY: {
    expression: sql`${tasks.priorityRank}`,
    cast: sql`smallint`,
    column: 'priorityRank',
    read: (task) => String(task.priorityRank),
    valid: z.enum(['0', '1', '2']),
  },
  TITLE: {
    expression: sql`${tasks.titleKey}`,
    cast: sql`text`,
    column: 'titleKey',
    read: (task) => task.titleKey,
    valid: storableText,
  },
  DELETED_AT: {
    expression: sql`${tasks.deletedAt}`,
    cast: sql`timestamptz`,
    column: 'deletedAt',
    read: (task) => task.deletedAt ?? '',
    valid: time,
  },
  DUE_ON_ASC: dueOnKey('infinity'),
  DUE_ON_DESC: dueOnKey('-infinity'),
} satisfies Record<string, SortKey>

function sortKeyOf({ field, direction }: TaskOrder): SortKey {
  return field === 'DUE_ON' ? sortKeys[`DUE_ON_${direction}`] : sortKeys[field]
}

/** The column that a cursor needs, besides the id. */
export function sortColumn(order: TaskOrder): TaskColumn {
  return sortKeyOf(order).column
}

export function positionOf(order: TaskOrder, task: Task): Position {
  return { key: sortKeyOf(order).read(task), id: task.id }
}

/** The position of a task in an order, opaque to clients: base64url of JSON. */
export function encodeCursor(order: TaskOrder, task: Task): string {
  const { key, id } = positionOf(order, task)
  return encodeJson([order.field, order.direction, key, id])
}

/** Made once: making one takes longer than all else that a page needs of the server. */
const cursorShapes = {
  CREATED_AT: shapesOf('CREATED_AT'),
  UPDATED_AT: shapesOf('UPDATED_AT'),
  DUE_ON: shapesOf('DUE_ON'),
  PRIORITY: shapesOf('PRIORITY'),
  TITLE: shapesOf('TITLE'),
  DELETED_AT: shapesOf('DELETED_AT'),
}

function shapesOf(field: TaskOrder['field']) {
  const shapeOf = (direction: TaskOrder['direction']) => {
    const { valid } = sortKeyOf({ field, direction })
    return z.tuple([z.literal(field), z.literal(direction), valid, z.uuid()])
  }
  return { ASC: shapeOf('ASC'), DESC: shapeOf('DESC') }
}

/** A title of 255 characters, each escaped in JSON, has 1,530 bytes, and 2,040 in base64. */
const maxCursorLength = 5_000

/** Undefined: the text is not a cursor that encodeCursor made, or is one of another order. */
export function decodeCursor(order: TaskOrder, cursor: string): Position | undefined {
  if (cursor.length > maxCursorLength) return undefined
  const shape = cursorShapes[order.field][order.direction]
  const parsed = shape.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  // The same JSON and base64url have many spellings. Only the one that encodeCursor makes is valid.
  if (!parsed.success || encodeJson(parsed.data) !== cursor) return undefined
  const [, , key, id] = parsed.data
  return { key, id }
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The condition for tasks between two positions. It compares whole rows, so that Postgres starts to
 * read the index at the position: the last page costs the same as the first.
 */
export function between(order: TaskOrder, page: Bounds): SQL | undefined {
  const comparisons = order.direction === 'ASC' ? ascending : descending
  return and(...boundNames.map((name) => page[name] && beyond(order, name, comparisons[name])))
}

/** Letters for the bounds that a page has. The same letters mean the same SQL of `between`. */
export function boundsShape(page: Bounds): string {
  return boundNames.map((name) => (page[name] ? name[0] : '')).join('')
}

const ascending = { after: sql`>`, from: sql`>=`, before: sql`<`, upTo: sql`<=` }
const descending = { after: sql`<`, from: sql`<=`, before: sql`>`, upTo: sql`>=` }
const boundNames = ['after', 'from', 'before', 'upTo'] as const

function beyond(order: TaskOrder, bound: keyof Bounds, comparison: SQL): SQL {
  const { expression, cast } = sortKeyOf(order)
  const key = sql.placeholder(`${bound}Key`)
  const id = sql.placeholder(`${bound}Id`)
  return sql`(${expression}, ${tasks.id}) ${comparison} (${key}::${cast}, ${id}::uuid)`
}

/** The values for the placeholders of `between`. */
export function boundValues(page: Bounds): Record<string, string> {
  const values: Record<string, string> = {}
  for (const name of boundNames) {
    const position = page[name]
    if (!position) continue
    values[`${name}Key`] = position.key
    values[`${name}Id`] = position.id
  }
  return values
}

/**
 * A total order: id breaks ties, in the same direction, so that one index serves both directions.
 * `key`: what to sort by, if a subquery has computed it.
 */
export function orderBy(order: TaskOrder, backward: boolean, key = sortExpression(order)): SQL[] {
  const direction = (order.direction === 'ASC') === backward ? desc : asc
  return [direction(key), direction(tasks.id)]
}

export function sortExpression(order: TaskOrder): SQL {
  return sortKeyOf(order).expression
}
