import { drizzle } from 'drizzle-orm/node-postgres'
import type { Database, Db } from '../client.ts'

/** The same statements as whoever connects, without an owner: to measure what the second wall costs. */
export function withoutRls({ pool }: Database): Db {
  return drizzle(pool)
}
