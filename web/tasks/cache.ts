/**
 * The rules of the task cache. What components need to know of them:
 *
 * - A list asks for `nodes`, `pageInfo { hasNextPage endCursor }` and, when shown, `totalCount`:
 *   `tasks(first: 50, after: $after, filter: $filter, orderBy: $orderBy)`, without `edges`.
 * - The query that shows a list leaves `$after` out. It is answered with every page of that list
 *   that has been fetched, in order, as one list, with the last page's `pageInfo`.
 * - "More" is the same document once more, by `client.query(document, { ...variables, after:
 *   endCursor }).toPromise()`: the page joins the list by itself. No component merges anything.
 * - When a refetch shows that the first page now ends elsewhere, pages fetched before it no longer
 *   follow it without a gap: the list is one page again, and "more" brings the rest.
 * - Mutations are optimistic: a list, a row and each `totalCount` change at once, and change back
 *   when the mutation fails. Pass the input as one variable, `input: $input`.
 * - What others do comes through the subscription of `task-changed.ts` and follows the same rules. What
 *   the page has done itself does not come back: `api/subscription-exchange.ts` leaves it out.
 * - A task created optimistically has an `id` that begins with `optimistic:` until it is real.
 */
import {
  type Cache,
  cacheExchange,
  type KeyingConfig,
  type ResolveInfo,
  type ResolverConfig,
  type UpdateResolver,
  type UpdatesConfig,
} from '@urql/exchange-graphcache'
import type { Exchange } from 'urql'
import { type PageArgs, readPages } from './cached-lists.ts'
import { type CachedTask, keyOfTask, readTask } from './cached-task.ts'
import { applyChange, applyDeletion, invalidateLists } from './list-changes.ts'
import { optimisticResults } from './optimistic.ts'
import type { TaskEvent } from './own-changes.ts'

/**
 * What a task was before a change: by the mutation's input, or by the change that was told. The cache
 * itself only knows after.
 */
type Before = WeakMap<object, CachedTask>

/** A cache with these rules; each API client has one of its own. */
export function taskCache({ now = () => new Date() } = {}): Exchange {
  const before: Before = new WeakMap()
  return cacheExchange({
    keys,
    resolvers,
    updates: { ...updatesAfter(before), ...updatesOfOthers(before) },
    optimistic: optimisticResults({ now, remember: (input, task) => before.set(input, task) }),
  })
}

const keys: KeyingConfig = {
  Label: ({ name }) => String(name),
  PageInfo: () => null,
  TaskChange: () => null,
  TaskConnection: () => null,
  TaskEdge: () => null,
}

const resolvers: ResolverConfig = {
  Query: {
    task(_query, { id }: { id: string }, cache) {
      // Null is an answer as well: there is no such task.
      if (cache.resolve('Query', 'task', { id }) === null) return null
      return { __typename: 'Task', id }
    },
    tasks(_query, args: PageArgs, cache) {
      const pages = args.after ? [] : readPages(cache, args)
      if (pages.length < 2) return cache.resolve('Query', 'tasks', args)
      const ids = new Set(pages.flatMap(({ taskIds }) => taskIds ?? []))
      return {
        __typename: 'TaskConnection',
        nodes: Array.from(ids, keyOfTask),
        pageInfo: pages.at(-1)?.pageInfo,
      }
    },
  },
}

type WithInput = { input: { id: string } }

function updatesAfter(before: Before): UpdatesConfig {
  const change: UpdateResolver<unknown, WithInput> = (_answer, { input }, cache, info) => {
    const task = before.get(input)
    const after = readTask(cache, input.id)
    if (task) applyChange(cache, { before: task, after }, info.optimistic)
    else invalidateLists(cache)
    invalidateLabels(cache, info)
  }
  return {
    Mutation: {
      createTask({ createTask }: { createTask: { task: { id: string } } }, _args, cache, info) {
        applyChange(cache, { after: readTask(cache, createTask.task.id) }, info.optimistic)
        invalidateLabels(cache, info)
      },
      updateTask: change,
      completeTask: change,
      reopenTask: change,
      deleteTask(_answer, { input }: WithInput, cache, info) {
        forget(cache, [readTask(cache, input.id)], info)
      },
      deleteCompletedTasks(answer: DeletedIds, _args, cache, info) {
        const ids = answer.deleteCompletedTasks.deletedTaskIds
        // Of those that no query has asked for we know at least that they were completed.
        const tasks = ids.map((id) => ({ ...readTask(cache, id), completed: true }))
        forget(cache, tasks, info)
      },
    },
  }
}

/** A change that somebody else has made. */
function updatesOfOthers(before: Before): UpdatesConfig {
  return {
    TaskChange: {
      // Comes before the task itself is written, as it does in the subscription.
      taskId(change, _args, cache) {
        before.set(change, readTask(cache, String(change.taskId)))
      },
    },
    Subscription: {
      taskChanged({ taskChanged }: { taskChanged: TaskEvent }, _args, cache, info) {
        const { kind, taskId } = taskChanged
        const known = before.get(taskChanged) ?? { id: taskId }
        if (kind === 'DELETED') return forget(cache, [known], info)
        const isKnown = known.title !== undefined
        const after = readTask(cache, taskId)
        if (isKnown || kind === 'CREATED')
          applyChange(cache, { before: isKnown ? known : undefined, after })
        else invalidateLists(cache)
        invalidateLabels(cache, info)
      },
    },
  }
}

type DeletedIds = { deleteCompletedTasks: { deletedTaskIds: string[] } }

function forget(cache: Cache, tasks: CachedTask[], info: ResolveInfo): void {
  applyDeletion(cache, tasks, info.optimistic)
  invalidateLabels(cache, info)
  if (info.optimistic) return
  for (const { id } of tasks) cache.invalidate(keyOfTask(id))
}

/** Their counts are the API's to say; asking before it has changed the task would tell nothing. */
function invalidateLabels(cache: Cache, { optimistic }: ResolveInfo): void {
  if (!optimistic) cache.invalidate('Query', 'labels')
}
