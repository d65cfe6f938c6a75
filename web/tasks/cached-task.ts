import type { Cache } from '@urql/exchange-graphcache'
import type { TaskPriority } from '../gql/graphql.ts'
import type { TaskRepeat } from './repeat-words.ts'

/** A task in the cache. A field that no query has fetched is undefined. */
export type CachedTask = {
  id: string
  title?: string
  description?: string | null
  completed?: boolean
  completedAt?: string | null
  dueOn?: string | null
  priority?: TaskPriority
  labels?: string[]
  repeat?: (TaskRepeat & { __typename: 'TaskRepeat' }) | null
  deletedAt?: string | null
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
  'deletedAt',
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
  return { id, ...Object.fromEntries(known), ...readRepeat(cache, id) }
}

const repeatFields = ['every', 'unit', 'weekdays', 'from']

/** The cache has the repetition as an entity of its own. */
function readRepeat(cache: Cache, id: string): Pick<CachedTask, 'repeat'> {
  const key = cache.resolve(keyOfTask(id), 'repeat')
  if (typeof key !== 'string') return key === null ? { repeat: null } : {}
  const known = repeatFields.map((field) => [field, cache.resolve(key, field)])
  return { repeat: { __typename: 'TaskRepeat', ...Object.fromEntries(known) } }
}
