/**
 * The task cache. What components need to know:
 *
 * - A list asks for `nodes`, `pageInfo { hasNextPage endCursor }` and, when shown, `totalCount`:
 *   `tasks(first: 50, after: $after, filter: $filter, orderBy: $orderBy)`, without `edges`.
 * - The query of a list omits `$after`. Its result is one list of all fetched pages in order, with the
 *   `pageInfo` of the last page.
 * - To load more, run the same document by `client.query(document, { ...variables, after:
 *   endCursor }).toPromise()`. The cache appends the page to the list.
 * - When a refetch moves the end of the first page, there may be a gap before the pages fetched
 *   earlier: the list shrinks to one page, and loading more fetches the rest.
 * - Mutations are optimistic: a list, a row and each `totalCount` change immediately, and change
 *   back when the mutation fails. Pass the input as one variable, `input: $input`.
 * - Changes by other clients come through the subscription of `task-changed.ts` and follow the same
 *   rules. `api/subscription-exchange.ts` skips the events of the page's own changes.
 * - An optimistically created task has an `id` that begins with `optimistic:` until the API answers.
 */
import {
  type Cache,
  cacheExchange,
  type KeyingConfig,
  type ResolveInfo,
  type Resolver,
  type ResolverConfig,
  type UpdateResolver,
  type UpdatesConfig,
} from '@urql/exchange-graphcache'
import type { Exchange } from 'urql'
import { invalidateTrash, type PageArgs, readPages, removeFromTrash } from './cached-lists.ts'
import { type CachedTask, keyOfTask, readTask } from './cached-task.ts'
import { applyChange, applyDeletion, invalidateLists } from './list-changes.ts'
import { optimisticResults } from './optimistic.ts'
import type { TaskEvent } from './own-changes.ts'

/**
 * The task before a change, by the input of the mutation or by the event. The cache only holds the
 * task after it.
 */
type Before = WeakMap<object, CachedTask>

/** Creates a cache. Each API client needs one of its own. */
export function taskCache({ now = () => new Date() } = {}): Exchange {
  const before: Before = new WeakMap()
  return cacheExchange({
    keys,
    resolvers,
    updates: { ...updatesAfter(before), ...updatesFromEvents(before) },
    optimistic: optimisticResults({ now, remember: (input, task) => before.set(input, task) }),
  })
}

const keys: KeyingConfig = {
  Label: ({ name }) => String(name),
  PageInfo: () => null,
  Actor: () => null,
  PausedActor: () => null,
  TaskChange: () => null,
  TaskChangeConnection: () => null,
  TaskState: () => null,
  UndoConflict: () => null,
  TaskRepeat: () => null,
  TaskConnection: () => null,
  TaskEdge: () => null,
}

const resolvers: ResolverConfig = {
  Query: {
    task(_query, { id }: { id: string }, cache) {
      // Null is cached too: there is no such task.
      if (cache.resolve('Query', 'task', { id }) === null) return null
      return { __typename: 'Task', id }
    },
    tasks: joinPages('tasks'),
    trash: joinPages('trash'),
  },
}

/** One connection with the tasks of all fetched pages. */
function joinPages(field: 'tasks' | 'trash'): Resolver {
  return (_query, args: PageArgs, cache) => {
    const pages = args.after ? [] : readPages(cache, args, field)
    const first = pages[0]
    if (!first || pages.length < 2) return cache.resolve('Query', field, args)
    const ids = new Set(pages.flatMap(({ taskIds }) => taskIds ?? []))
    return {
      __typename: 'TaskConnection',
      nodes: Array.from(ids, keyOfTask),
      totalCount: cache.resolve(first.key, 'totalCount'),
      pageInfo: pages.at(-1)?.pageInfo,
    }
  }
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
        removeTasks(cache, [readTask(cache, input.id)], info)
      },
      deleteCompletedTasks(answer: DeletedIds, _args, cache, info) {
        const ids = answer.deleteCompletedTasks.deletedTaskIds
        // Tasks that no query has fetched were at least completed.
        const tasks = ids.map((id) => ({ ...readTask(cache, id), completed: true }))
        removeTasks(cache, tasks, info)
      },
      restoreTask(_answer, { input }: WithInput, cache, info) {
        removeFromTrash(cache, [input.id])
        // The lists follow with the answer: the cache may know too little of the task before.
        if (info.optimistic) return
        applyChange(cache, { after: readTask(cache, input.id) })
        invalidateLabels(cache, info)
      },
      purgeTask: (_answer, { input }: WithInput, cache) => forgetTask(cache, input.id),
      emptyTrash: (_answer, _args, cache) => invalidateTrash(cache),
      undoChanges(_answer, _args, cache, info) {
        invalidateLists(cache)
        invalidateTrash(cache)
        invalidateLabels(cache, info)
      },
    },
  }
}

/** Applies the changes of other clients. */
function updatesFromEvents(before: Before): UpdatesConfig {
  return {
    TaskChange: {
      // Runs before the task is written, because the subscription selects `taskId` first.
      taskId(change, _args, cache) {
        before.set(change, readTask(cache, String(change.taskId)))
      },
    },
    Subscription: {
      taskChanged({ taskChanged }: { taskChanged: TaskEvent }, _args, cache, info) {
        const { kind, taskId } = taskChanged
        const known = before.get(taskChanged) ?? { id: taskId }
        if (kind === 'DELETED') return removeTasks(cache, [known], info)
        if (kind === 'PURGED') return forgetTask(cache, taskId)
        if (kind === 'RESTORED') removeFromTrash(cache, [taskId])
        // A task that was in the trash was in no list.
        const isKnown = known.title !== undefined && kind !== 'RESTORED'
        const after = readTask(cache, taskId)
        if (isKnown || kind !== 'UPDATED')
          applyChange(cache, { before: isKnown ? known : undefined, after })
        else invalidateLists(cache)
        invalidateLabels(cache, info)
      },
    },
  }
}

type DeletedIds = { deleteCompletedTasks: { deletedTaskIds: string[] } }

function removeTasks(cache: Cache, tasks: CachedTask[], info: ResolveInfo): void {
  applyDeletion(cache, tasks, info.optimistic)
  invalidateLabels(cache, info)
  if (info.optimistic) return
  invalidateTrash(cache)
  for (const { id } of tasks) cache.invalidate(keyOfTask(id))
}

function forgetTask(cache: Cache, id: string): void {
  removeFromTrash(cache, [id])
  cache.invalidate(keyOfTask(id))
}

/** Only the API knows their counts, and only after it has changed the task. */
function invalidateLabels(cache: Cache, { optimistic }: ResolveInfo): void {
  if (!optimistic) cache.invalidate('Query', 'labels')
}
