/** Predicts the results of mutations, so that the page updates immediately. */
import type { Cache, OptimisticMutationConfig } from '@urql/exchange-graphcache'
import type { CreateTaskInput, UpdateTaskInput } from '../gql/graphql.ts'
import { findLists } from './cached-lists.ts'
import { type CachedTask, readTask } from './cached-task.ts'

/** `remember` receives the task before the mutation with this input, for the final update. */
type OptimisticOptions = { now: () => Date; remember: (input: object, before: CachedTask) => void }

type WithId = { id: string | number }

export function optimisticResults({ now, remember }: OptimisticOptions): OptimisticMutationConfig {
  let created = 0

  function change(cache: Cache, input: WithId, changes: Partial<CachedTask>) {
    const before = readTask(cache, String(input.id))
    remember(input, before)
    // Only the API makes versions. `ifUpdatedAt` of the next update needs one that it has made.
    return { ...asNode(before), ...changes, updatedAt: before.updatedAt ?? now().toISOString() }
  }

  function completion(cache: Cache, { id }: WithId, completed: boolean | null | undefined) {
    if (completed == null) return {}
    const first = completed ? readTask(cache, String(id)).completedAt : null
    return { completed, completedAt: completed ? (first ?? now().toISOString()) : null }
  }

  return {
    createTask({ input }: { input: CreateTaskInput }) {
      created += 1
      const time = now().toISOString()
      const task = {
        ...asNode({ id: `optimistic:${created}` }),
        title: input.title.trim(),
        description: input.description ?? null,
        completed: false,
        completedAt: null,
        dueOn: input.dueOn ?? null,
        priority: input.priority ?? 'MEDIUM',
        labels: input.labels ?? [],
        repeat: asRepeat(input.repeat) ?? null,
        deletedAt: null,
        createdAt: time,
        updatedAt: time,
      }
      return { __typename: 'CreateTaskPayload', task }
    },
    updateTask({ input }: { input: UpdateTaskInput }, cache) {
      const { title, priority, labels, description, dueOn, repeat, completed } = input
      const changes = withoutUndefined({
        title: title?.trim(),
        priority: priority ?? undefined,
        labels: labels ?? undefined,
        description,
        dueOn,
        repeat: asRepeat(repeat),
        ...completion(cache, input, completed),
      })
      return { __typename: 'UpdateTaskPayload', task: change(cache, input, changes) }
    },
    completeTask({ input }: { input: WithId }, cache) {
      const changes = completion(cache, input, true)
      return { __typename: 'CompleteTaskPayload', task: change(cache, input, changes) }
    },
    reopenTask({ input }: { input: WithId }, cache) {
      const changes = completion(cache, input, false)
      return { __typename: 'ReopenTaskPayload', task: change(cache, input, changes) }
    },
    deleteTask: ({ input }: { input: WithId }) => ({
      __typename: 'DeleteTaskPayload',
      deletedTaskId: String(input.id),
    }),
    restoreTask: ({ input }: { input: WithId }, cache) => ({
      __typename: 'RestoreTaskPayload',
      task: asNode(readTask(cache, String(input.id))),
    }),
    deleteCompletedTasks: (_args, cache) => ({
      __typename: 'DeleteCompletedTasksPayload',
      deletedTaskIds: completedTaskIds(cache),
    }),
  }
}

function completedTaskIds(cache: Cache): string[] {
  const pages = findLists(cache).flatMap((list) => list.pages)
  const ids = new Set(pages.flatMap(({ taskIds }) => taskIds ?? []))
  return [...ids].filter((id) => readTask(cache, id).completed)
}

/** Null and undefined stay what they are. */
function asRepeat(repeat: UpdateTaskInput['repeat']): CachedTask['repeat'] {
  return repeat && { __typename: 'TaskRepeat', ...repeat, weekdays: repeat.weekdays ?? null }
}

function asNode(task: CachedTask) {
  return { __typename: 'Task', ...task }
}

function withoutUndefined(changes: Partial<CachedTask>): Partial<CachedTask> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}
