import { getTableColumns } from 'drizzle-orm'
import { type Task, tasks } from './tables.ts'

export type TaskColumn = keyof Task

const table = getTableColumns(tasks)

export const everyColumn = Object.keys(table) as TaskColumn[]

/**
 * The columns for a SELECT or RETURNING: those with the given names, and the id. A task that is read
 * with them has no other properties, although its type does.
 */
export function pickColumns(names: readonly TaskColumn[]): typeof table {
  const picked = names.map((name) => [name, table[name]])
  return Object.fromEntries([['id', table.id], ...picked])
}
