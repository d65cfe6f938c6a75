import { createContext, type ReactNode, use, useMemo } from 'react'
import { type Client, type CombinedError, useClient } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import type { CreateTaskInput } from '../gql/graphql.ts'
import { announce } from '../ui/announcer.tsx'
import { countTasks } from '../ui/count-tasks.ts'
import { failureMs, toasts, undoMs } from '../ui/toaster.tsx'
import {
  CompleteTaskMutation,
  CreateTaskMutation,
  DeleteCompletedTasksMutation,
  DeleteTaskMutation,
  EmptyTrashMutation,
  PurgeTaskMutation,
  ReopenTaskMutation,
  RestoreTaskMutation,
} from './mutations.ts'
import { restoreTasks } from './restore-tasks.ts'
import { focusTask } from './task-element.ts'
import { updateTask } from './task-updates.ts'
import { editsOf, type TaskEdits, type TaskValues, type TaskVersion } from './task-values.ts'

type Named = { id: string; title: string }

/** Shows a toast, except after a session has ended: the sign-in dialog covers the page then. */
const isSessionOver = (error: CombinedError) => refusalOf(error).code === 'UNAUTHENTICATED'

function showFailure(what: string, error: CombinedError) {
  toasts.add({ title: what, description: refusalOf(error).message, timeout: failureMs })
}

type Undoable = { title: string; undo: () => void; focus?: () => void }

/** Shows what was done, with a button that takes it back. @returns the id of the toast. */
function offerUndo({ title, undo, focus }: Undoable): string {
  const toast = toasts.add({
    title,
    timeout: undoMs,
    actionProps: {
      children: 'Undo',
      onClick() {
        undo()
        toasts.close(toast)
        focus?.()
      },
    },
  })
  return toast
}

/** The actions on tasks, each with its toasts and announcements. */
function createTaskActions(client: Client) {
  async function reopen({ id, title }: Named) {
    const { error } = await client.mutation(ReopenTaskMutation, { input: { id } })
    if (error && !isSessionOver(error)) showFailure(`“${title}” could not be reopened.`, error)
  }

  async function complete(task: Named) {
    const toast = offerUndo({
      title: `Completed “${task.title}”`,
      undo: () => void reopen(task),
      focus: () => focusTask(task.id),
    })
    const { error } = await client.mutation(CompleteTaskMutation, { input: { id: task.id } })
    if (!error) return
    toasts.close(toast)
    if (!isSessionOver(error)) showFailure(`“${task.title}” could not be completed.`, error)
  }

  async function restore({ id, title }: Named) {
    const { error } = await client.mutation(RestoreTaskMutation, { input: { id } })
    if (!error) {
      announce(`“${title}” is back in the list.`)
      focusTask(id)
    } else if (!isSessionOver(error)) showFailure(`“${title}” could not be restored.`, error)
  }

  async function remove(task: Named) {
    // `keepalive`: the request also completes when the page closes.
    const context = { fetchOptions: { keepalive: true } }
    const variables = { input: { id: task.id } }
    const removal = client.mutation(DeleteTaskMutation, variables, context).toPromise()
    const toast = offerUndo({
      title: `Moved “${task.title}” to the trash`,
      undo: () => void removal.then(({ error }) => (error ? undefined : restore(task))),
    })
    const { error } = await removal
    if (!error) return
    toasts.close(toast)
    // NOT_FOUND: it was deleted elsewhere.
    if (isSessionOver(error) || refusalOf(error).code === 'NOT_FOUND') return
    showFailure(`“${task.title}” could not be deleted. It is back in the list.`, error)
  }

  async function restoreAll(ids: readonly string[]) {
    const error = await restoreTasks(client, ids)
    if (!error) announce(`${countTasks(ids.length)} back in the list.`)
    else if (!isSessionOver(error))
      showFailure('Not every task could be restored. The others are in the trash.', error)
  }

  return {
    complete,
    reopen,
    remove,
    restore,
    async create(input: CreateTaskInput): Promise<Refusal | undefined> {
      const { error } = await client.mutation(CreateTaskMutation, { input })
      return error && refusalOf(error)
    },
    /** `seen`: the task as the person saw it. A change from elsewhere is never overwritten. */
    update: (seen: TaskVersion, changes: Partial<TaskValues>): Promise<Refusal | undefined> =>
      updateTask(client, seen, editsOf(seen, changes)),
    /** Edits may be older than `seen`. */
    saveEdits: (seen: TaskVersion, edits: TaskEdits): Promise<Refusal | undefined> =>
      updateTask(client, seen, edits),
    async clearCompleted(): Promise<Refusal | undefined> {
      const { data, error } = await client.mutation(DeleteCompletedTasksMutation, {})
      if (error) return refusalOf(error)
      const ids = data?.deleteCompletedTasks.deletedTaskIds ?? []
      offerUndo({
        title: `Moved ${countTasks(ids.length)} to the trash`,
        undo: () => void restoreAll(ids),
      })
      return undefined
    },
    async purge({ id, title }: Named): Promise<Refusal | undefined> {
      const { error } = await client.mutation(PurgeTaskMutation, { input: { id } })
      if (!error) announce(`“${title}” is deleted forever.`)
      return error && refusalOf(error)
    },
    async emptyTrash(): Promise<Refusal | undefined> {
      const { error } = await client.mutation(EmptyTrashMutation, {})
      if (!error) announce('The trash is empty.')
      return error && refusalOf(error)
    },
  }
}

export type TaskActions = ReturnType<typeof createTaskActions>

const Actions = createContext<TaskActions | undefined>(undefined)

/** Provides the actions on tasks. */
export function TaskActionsProvider({ children }: { children: ReactNode }) {
  const client = useClient()
  const actions = useMemo(() => createTaskActions(client), [client])
  return <Actions value={actions}>{children}</Actions>
}

export function useTaskActions(): TaskActions {
  const actions = use(Actions)
  if (!actions) throw new Error('useTaskActions needs a TaskActionsProvider.')
  return actions
}
