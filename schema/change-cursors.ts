import { decodeChangeCursor } from '#db/change-cursors.ts'
import type { HistoryState } from '#db/task-history.ts'
import { badUserInput, cursorExpired } from './errors.ts'

/** The position of the argument. @throws badUserInput when it is no cursor of this owner. */
export function parseChangeCursor(ownerId: string, cursor: string, name = 'after'): number {
  const position = decodeChangeCursor(ownerId, cursor)
  if (position === undefined) throw invalidCursor(name)
  return position
}

/**
 * @throws badUserInput when the history has not come to the position yet; cursorExpired when changes
 * after it are not kept any more.
 */
export function requireKept(after: number, { position, keptAfter }: HistoryState): void {
  if (after > position) throw invalidCursor('after')
  if (after < keptAfter) throw cursorExpired()
}

function invalidCursor(name: string) {
  return badUserInput(
    `${name} is not a cursor of your changes. Use a cursor from taskChanges, taskChanged or changesCursor.`,
    name,
  )
}
