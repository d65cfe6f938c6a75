/**
 * The maximum of values (members and elements at every level) and of levels in JSON from a client.
 */
export type JsonBounds = { values: number; depth: number }

/** `nodes` takes 100 ids and an operation may have 15 aliases: 1,500 values, and a reserve. */
export const apiBounds: JsonBounds = { values: 2_000, depth: 10 }

/**
 * Counts the values and levels of a parsed value before other code coerces or validates it. Counts
 * level by level, without recursion, and stops at the bounds.
 * @returns a sentence that names the exceeded bound. Undefined: the value is within its bounds.
 */
export function findExcess(
  name: string,
  value: unknown,
  { values, depth }: JsonBounds,
): string | undefined {
  let level = [value]
  let count = 0
  for (let levels = 0; level.length > 0; levels++) {
    if (levels > depth) return `${name} has more than ${depth} levels.`
    count += level.length
    if (count > values + 1) return `${name} has more than ${values} values.`
    level = level.every(isPrimitive) ? [] : level.flatMap(listChildren)
  }
  return undefined
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function listChildren(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}
