import type { Db } from './client.ts'

const statements = new WeakMap<Db, Map<string, unknown>>()

const maxNameLength = 63 // bytes; Postgres cuts longer names, so two could become equal

/**
 * A prepared statement. Its SQL is built once, and Postgres parses it once per connection: building
 * the SQL costs more than running it. Values that differ from call to call must be placeholders.
 * The name must contain everything that changes the SQL.
 */
export function prepared<Statement>(
  db: Db,
  name: string,
  build: (name: string) => Statement,
): Statement {
  if (name.length > maxNameLength)
    throw new Error(`The name of a prepared statement is too long: ${name}`)
  const known = statements.get(db) ?? new Map<string, unknown>()
  statements.set(db, known)
  if (!known.has(name)) known.set(name, build(name))
  return known.get(name) as Statement
}
