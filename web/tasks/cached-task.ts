import type { Cache } from '@urql/exchange-graphcache'
import type { TaskPriority } from '../gql/graphql.ts'

/** What the cache knows of a task; a field that no query has asked for yet is undefined. */
export type CachedTask = {
  id: string
  title?: string
  description?: string | null
  completed?: boolean
  completedAt?: string | null
  dueOn?: string | null
  priority?: TaskPriority
  labels?: string[]
  createdAt?: string
  updatedAt?: string
}

const fields: (keyof CachedTask)[] = [
  'title',
  'description',
  'completed',
  'completedAt',
  'dueOn',
  'priority',
  'labels',
  'createdAt',
  'updatedAt',
]

export function keyOfTask(id: string): string {
  return `Task:${id}`
}

export function idOfTask(key: string): string {
  return key.slice(keyOfTask('').length)
}

export function readTask(cache: Cache, id: string): CachedTask {
  const known = fields.map((field) => [field, cache.resolve(keyOfTask(id), field)])
  return { id, ...Object.fromEntries(known) }
}
