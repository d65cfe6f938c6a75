import { drizzle } from 'drizzle-orm/node-postgres'
import type { Database, Db } from '../client.ts'

/** Runs statements as the connecting role, without row-level security, to measure what RLS costs. */
export function withoutRls({ pool }: Database): Db {
  return drizzle(pool)
}
