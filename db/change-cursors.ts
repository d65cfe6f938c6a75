import { createHash } from 'node:crypto'

/** `<position>.<digest>`; the digest has 12 characters of base64url. */
const shape = /^(0|[1-9]\d{0,15})\.[\w-]{12}$/
const maxCursorLength = 60

/**
 * A position in the history of an owner, opaque to clients. The digest gives no right: it only makes
 * an altered cursor, or one of another owner, invalid.
 */
export function encodeChangeCursor(ownerId: string, position: number): string {
  return Buffer.from(`${position}.${digest(ownerId, position)}`).toString('base64url')
}

/** Undefined: it is not a cursor that encodeChangeCursor made for this owner. */
export function decodeChangeCursor(ownerId: string, cursor: string): number | undefined {
  if (cursor.length > maxCursorLength) return undefined
  const [, digits] = shape.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (digits === undefined) return undefined
  const position = Number(digits)
  return encodeChangeCursor(ownerId, position) === cursor ? position : undefined
}

function digest(ownerId: string, position: number): string {
  const sum = createHash('sha256').update(`${position} ${ownerId}`).digest()
  return sum.subarray(0, 9).toString('base64url')
}
