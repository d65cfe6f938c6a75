import type { Db } from './client.ts'

const statements = new WeakMap<Db, Map<string, unknown>>()

const maxNameLength = 63 // bytes; Postgres would cut a longer one, and mistake it for another

/**
 * A statement whose SQL is built once, and planned once a connection: building costs more than
 * running. What differs from call to call is a placeholder; what shapes the SQL is in the name.
 */
export function prepared<Statement>(
  db: Db,
  name: string,
  build: (name: string) => Statement,
): Statement {
  if (name.length > maxNameLength) throw new Error(`A statement's name is too long: ${name}`)
  const known = statements.get(db) ?? new Map<string, unknown>()
  statements.set(db, known)
  if (!known.has(name)) known.set(name, build(name))
  return known.get(name) as Statement
}
