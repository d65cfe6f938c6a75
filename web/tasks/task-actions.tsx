import { createContext, type ReactNode, use, useEffect, useMemo, useSyncExternalStore } from 'react'
import { type Client, type CombinedError, useClient } from 'urql'
import type { CreateTaskInput, UpdateTaskInput } from '../gql/graphql.ts'
import { announce } from '../ui/announcer.tsx'
import { failureMs, toasts, undoMs } from '../ui/toaster.tsx'
import { createDeletions, type Deletion } from './deletions.ts'
import {
  CompleteTaskMutation,
  CreateTaskMutation,
  DeleteCompletedTasksMutation,
  DeleteTaskMutation,
  ReopenTaskMutation,
  UpdateTaskMutation,
} from './mutations.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { focusTask } from './task-element.ts'

type Named = { id: string; title: string }

/** Shows a toast, except after a session has ended: the sign-in dialog covers the page then. */
const isSessionOver = (error: CombinedError) => refusalOf(error).code === 'UNAUTHENTICATED'

function showFailure(what: string, error: CombinedError) {
  toasts.add({ title: what, description: refusalOf(error).message, timeout: failureMs })
}

function offerUndo(task: Named, done: string, undo: () => void, onClose?: () => void): string {
  const toast = toasts.add({
    title: `${done} “${task.title}”`,
    timeout: undoMs,
    onClose,
    actionProps: {
      children: 'Undo',
      onClick() {
        undo()
        toasts.close(toast)
        focusTask(task.id)
      },
    },
  })
  return toast
}

/** The actions on tasks, each with its toasts and announcements. */
function createTaskActions(client: Client) {
  const deletions = createDeletions(async ({ id, title }) => {
    // `keepalive`: the request also completes when the page closes.
    const context = { fetchOptions: { keepalive: true } }
    const { error } = await client.mutation(DeleteTaskMutation, { input: { id } }, context)
    if (error && refusalOf(error).code !== 'NOT_FOUND')
      showFailure(`“${title}” could not be deleted. It is back in the list.`, error)
  })

  async function reopen({ id, title }: Named) {
    const { error } = await client.mutation(ReopenTaskMutation, { input: { id } })
    if (error && !isSessionOver(error)) showFailure(`“${title}” could not be reopened.`, error)
  }

  async function complete(task: Named) {
    const toast = offerUndo(task, 'Completed', () => void reopen(task))
    const { error } = await client.mutation(CompleteTaskMutation, { input: { id: task.id } })
    if (!error) return
    toasts.close(toast)
    if (!isSessionOver(error)) showFailure(`“${task.title}” could not be completed.`, error)
  }

  return {
    deletions,
    complete,
    reopen,
    async create(input: CreateTaskInput): Promise<Refusal | undefined> {
      const { error } = await client.mutation(CreateTaskMutation, { input })
      return error && refusalOf(error)
    },
    async update(input: UpdateTaskInput): Promise<Refusal | undefined> {
      const { error } = await client.mutation(UpdateTaskMutation, { input })
      return error && refusalOf(error)
    },
    remove(task: Deletion) {
      deletions.schedule(task)
      offerUndo(
        task,
        'Deleted',
        () => {
          deletions.undo(task.id)
          announce(`“${task.title}” is back in the list.`)
        },
        () => void deletions.commit(task.id),
      )
    },
    async clearCompleted(): Promise<Refusal | undefined> {
      const { data, error } = await client.mutation(DeleteCompletedTasksMutation, {})
      if (data) announce(`${data.deleteCompletedTasks.deletedTaskIds.length} tasks deleted.`)
      return error && refusalOf(error)
    },
  }
}

export type TaskActions = ReturnType<typeof createTaskActions>

const Actions = createContext<TaskActions | undefined>(undefined)

/** Provides the actions, and commits pending deletions when the page is closed. */
export function TaskActionsProvider({ children }: { children: ReactNode }) {
  const client = useClient()
  const actions = useMemo(() => createTaskActions(client), [client])
  useEffect(() => {
    const { commitAll } = actions.deletions
    // A phone may kill a hidden page without another event, so this is the last safe moment.
    const onHidden = () => document.visibilityState === 'hidden' && commitAll()
    document.addEventListener('visibilitychange', onHidden)
    window.addEventListener('pagehide', commitAll)
    return () => {
      document.removeEventListener('visibilitychange', onHidden)
      window.removeEventListener('pagehide', commitAll)
      void commitAll()
    }
  }, [actions])
  return <Actions value={actions}>{children}</Actions>
}

export function useTaskActions(): TaskActions {
  const actions = use(Actions)
  if (!actions) throw new Error('useTaskActions needs a TaskActionsProvider.')
  return actions
}

/** The deletions that are pending. */
export function useDeletions(): readonly Deletion[] {
  const { deletions } = useTaskActions()
  return useSyncExternalStore(deletions.subscribe, deletions.get)
}
