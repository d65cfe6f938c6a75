/** What JSON of a client may have: values (members, elements and what they hold) and levels. */
export type JsonBounds = { values: number; depth: number }

/** `nodes` takes 100 ids, and an operation has 15 aliases: 1,500 values, and some room. */
export const apiBounds: JsonBounds = { values: 2_000, depth: 10 }

/**
 * Counts a parsed value before anything coerces or validates it: level by level, without
 * recursion, and no further than the bounds.
 * @returns what there is too much of, as a sentence; undefined: the value is within its bounds.
 */
export function findExcess(
  name: string,
  value: unknown,
  { values, depth }: JsonBounds,
): string | undefined {
  let level = [value]
  let count = 0
  for (let levels = 0; level.length > 0; levels++) {
    if (levels > depth) return `${name} may have ${depth} levels, and has more.`
    count += level.length
    if (count > values + 1) return `${name} may have ${values} values, and has more.`
    level = level.flatMap(listChildren)
  }
  return undefined
}

function listChildren(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}
