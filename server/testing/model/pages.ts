import type { Cursors, ModelTask, Order, Position } from './types.ts'

export function createCursors(): Cursors {
  return { positions: new Map(), texts: new Map(), inOrder: new Map() }
}

export function nameOf({ field, direction }: Order): string {
  return `${field} ${direction}`
}

/** The cursor of a position: the first one answered; it must never change. */
export function cursorOf(
  { positions, texts, inOrder }: Cursors,
  position: Position,
  seen: unknown,
): string {
  const name = JSON.stringify(position)
  const known = texts.get(name)
  if (known !== undefined) return known
  if (typeof seen !== 'string' || positions.has(seen)) return 'a cursor of its own'
  texts.set(name, seen)
  positions.set(seen, position)
  const others = inOrder.get(nameOf(position))
  if (others) others.push(seen)
  else inOrder.set(nameOf(position), [seen])
  return seen
}

export function positionIn(order: Order, task: ModelTask): Position {
  return { ...order, key: keyOf(order.field, task), id: task.id }
}

/** Text with the same sort order as the field's values. */
function keyOf(field: string, task: ModelTask): string | null {
  if (field === 'CREATED_AT') return task.createdAt
  if (field === 'UPDATED_AT') return task.updatedAt
  if (field === 'DUE_ON') return task.dueOn
  if (field === 'PRIORITY') return String(['LOW', 'MEDIUM', 'HIGH'].indexOf(task.priority))
  return foldCase(task.title)
}

/** Negative: `a` comes first. Ties are sorted by id; a null key is last in both directions. */
export function compare(a: Position, b: Position): number {
  if (a.key === null || b.key === null) {
    if (a.key !== b.key) return a.key === null ? 1 : -1
  }
  const ascending = compareText(a.key ?? '', b.key ?? '') || compareText(bytesOf(a), bytesOf(b))
  return a.direction === 'ASC' ? ascending : -ascending
}

/** By code point, as UTF-8 sorts. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function bytesOf({ id }: Position): string {
  return Buffer.from(id, 'base64').toString()
}

/** Case-folds the letters that the operations use. */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

export type PageVariables = {
  first?: number | null
  last?: number | null
  after?: string | null
  before?: string | null
}

/** One page of a sorted list, by the rules of Relay Cursor Connections §4. */
export function cutPage<Entry extends { position: Position }>(
  sorted: Entry[],
  { first, last, after, before }: PageVariables,
  { positions }: Cursors,
) {
  const from = after == null ? undefined : positions.get(after)
  const to = before == null ? undefined : positions.get(before)
  const isAfter = ({ position }: Entry) => !from || compare(position, from) > 0
  const isBefore = ({ position }: Entry) => !to || compare(position, to) < 0
  const inside = sorted.filter((entry) => isAfter(entry) && isBefore(entry))
  const entries = last == null ? inside.slice(0, first ?? 20) : inside.slice(-last)
  const isCut = inside.length > entries.length
  const isAnyBefore = from !== undefined && sorted.some((it) => !isAfter(it) && isBefore(it))
  const isAnyAfter = to !== undefined && sorted.some((it) => !isBefore(it) && isAfter(it))
  return {
    entries,
    hasNextPage: last == null ? isCut : isAnyAfter,
    hasPreviousPage: last == null ? isAnyBefore : isCut,
  }
}
