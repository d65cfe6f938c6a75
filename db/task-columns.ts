import { getTableColumns, sql } from 'drizzle-orm'
import { type Task, tasks } from './tables.ts'

export type TaskColumn = keyof Task

const table = getTableColumns(tasks)

export const everyColumn = Object.keys(table) as TaskColumn[]

/** Case-folded texts of a task, which searches and filters compare. */
export const foldedTitle = sql`coalesce(${tasks.foldedTitle}, ${tasks.titleKey})`
export const foldedDescription = sql`coalesce(${tasks.foldedDescription}, ${tasks.descriptionKey})`
export const foldedLabels = sql`coalesce(${tasks.foldedLabels}, ${tasks.labelKeys})`

/**
 * The columns for a SELECT or RETURNING: those with the given names, and the id. A task that is read
 * with them has no other properties, although its type does.
 */
export function pickColumns(names: readonly TaskColumn[]): typeof table {
  const picked = names.map((name) => [name, table[name]])
  return Object.fromEntries([['id', table.id], ...picked])
}
