import type { GraphQLResolveInfo } from 'graphql'
import type { Task as TaskRow } from '#db/tables.ts'
import { everyColumn } from '#db/task-columns.ts'
import {
  createTask,
  findNextTask,
  type TaskChange,
  type TaskValues,
  updateTask,
} from '#db/tasks.ts'
import { deleteCompletedTasks, deleteTask } from '#db/trash.ts'
import { createsTasks, deletesTasks, readsTasks, writesTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { authorOf, type ViewerContext } from '../context.ts'
import { conflict, notFound } from '../errors.ts'
import { hasScopes } from '../scopes.ts'
import { bySelection } from '../selection.ts'
import { parseInput } from '../validation.ts'
import {
  CompleteTaskInput,
  CreateTaskInput,
  DeleteTaskInput,
  newTask,
  ReopenTaskInput,
  taskChange,
  UpdateTaskInput,
} from './inputs.ts'
import { columnsOf, Task } from './task.ts'
import { parseTaskId, taskIdOf } from './task-ids.ts'

export const payloadColumns = bySelection((payload) => columnsOf(payload.get('task')))

/** A payload with the task after the mutation. */
export function taskPayload(name: string, description: string) {
  return builder.objectRef<{ task: TaskRow }>(name).implement({
    description,
    fields: (t) => ({
      task: t.expose('task', { type: Task, description: 'The task after the mutation.' }),
    }),
  })
}

const CreateTaskPayload = taskPayload('CreateTaskPayload', 'The result of createTask.')
const UpdateTaskPayload = taskPayload('UpdateTaskPayload', 'The result of updateTask.')
const CompleteTaskPayload = builder
  .objectRef<{ task: TaskRow; next: TaskRow | undefined }>('CompleteTaskPayload')
  .implement({
    description: 'The result of completeTask.',
    fields: (t) => ({
      task: t.expose('task', { type: Task, description: 'The task after the mutation.' }),
      next: t.expose('next', {
        type: Task,
        nullable: true,
        description:
          'The next task, if the task repeats: the same one however often it is completed. Null when there is none, or when it is in the trash.',
      }),
    }),
  })

/** The columns to read of the next task. Undefined: it is not selected. */
const nextColumns = bySelection((payload) => {
  const next = payload.get('next')
  return next && columnsOf(next)
})

const ReopenTaskPayload = taskPayload('ReopenTaskPayload', 'The result of reopenTask.')

const DeleteTaskPayload = builder
  .objectRef<{ deletedTaskId: string }>('DeleteTaskPayload')
  .implement({
    description: 'The result of deleteTask.',
    fields: (t) => ({
      deletedTaskId: t.exposeID('deletedTaskId', { description: 'The id of the deleted task.' }),
    }),
  })

const DeleteCompletedTasksPayload = builder
  .objectRef<{ deletedTaskIds: string[] }>('DeleteCompletedTasksPayload')
  .implement({
    description: 'The result of deleteCompletedTasks.',
    fields: (t) => ({
      deletedTaskIds: t.exposeIDList('deletedTaskIds', {
        description: 'The ids of the deleted tasks. Empty when no task was completed.',
      }),
    }),
  })

/** The cost of a mutation. It allows at most 16 mutations in one operation. */
export const mutationCost = 300

builder.mutationFields((t) => ({
  createTask: t.withAuth(createsTasks).field({
    type: CreateTaskPayload,
    complexity: mutationCost,
    description:
      'Creates a task. With an idempotencyKey, a retry creates no second task. A token that may not read tasks gets the task as it was created, also when it has been changed since.',
    args: { input: t.arg({ type: CreateTaskInput, required: true, description: 'The new task.' }) },
    resolve: async (_root, { input }, { db, viewer }, info) => {
      const { idempotencyKey, ...values } = parseInput(newTask, input)
      const mayRead = hasScopes(viewer.scopes, readsTasks.scopes)
      const columns = mayRead ? payloadColumns(info) : everyColumn
      const task = await createTask(db, authorOf(viewer), values, idempotencyKey, columns)
      if (task === 'KEY_OF_ANOTHER_INPUT') {
        throw conflict('This idempotencyKey was used for another input. Use a new key.')
      }
      if (task === 'KEY_OF_A_DELETED_TASK') {
        throw conflict(
          'The task of this idempotencyKey was deleted. Use a new key to create another task.',
        )
      }
      return { task: mayRead ? task : asCreated(task, values) }
    },
  }),

  updateTask: t.withAuth(writesTasks).field({
    type: UpdateTaskPayload,
    complexity: mutationCost,
    description: 'Changes the given fields of a task. The other fields stay the same.',
    args: { input: t.arg({ type: UpdateTaskInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input: { id, ...input } }, context, info) => {
      const { ifUpdatedAt, ...change } = parseInput(taskChange, input)
      return changeTask(context, info, id, change, ifUpdatedAt?.toISOString())
    },
  }),

  completeTask: t.withAuth(writesTasks).field({
    type: CompleteTaskPayload,
    complexity: mutationCost,
    description:
      'Completes a task. A completed task keeps its completedAt. If the task repeats, completing it creates exactly one next task, with its title, description, priority, labels and repetition.',
    args: { input: t.arg({ type: CompleteTaskInput, required: true, description: 'The task.' }) },
    resolve: async (_root, { input }, context, info) => {
      const { task } = await changeTask(context, info, input.id, { completed: true })
      const columns = nextColumns(info)
      const { db, viewer } = context
      return { task, next: columns && (await findNextTask(db, viewer.id, task.id, columns)) }
    },
  }),

  reopenTask: t.withAuth(writesTasks).field({
    type: ReopenTaskPayload,
    complexity: mutationCost,
    description:
      'Reopens a completed task and clears its completedAt. An open task stays the same. The next task of a task that repeats moves to the trash if it is unchanged; completing the task again takes it out.',
    args: { input: t.arg({ type: ReopenTaskInput, required: true, description: 'The task.' }) },
    resolve: (_root, { input }, context, info) =>
      changeTask(context, info, input.id, { completed: false }),
  }),

  deleteTask: t.withAuth(deletesTasks).field({
    type: DeleteTaskPayload,
    complexity: mutationCost,
    description: 'Moves a task to the trash, from which it can be restored for 30 days.',
    args: { input: t.arg({ type: DeleteTaskInput, required: true, description: 'The task.' }) },
    resolve: async (_root, { input }, { db, viewer }) => {
      const id = parseTaskId(input.id)
      if (id === undefined || !(await deleteTask(db, authorOf(viewer), id))) throw notFound()
      return { deletedTaskId: input.id }
    },
  }),

  deleteCompletedTasks: t.withAuth(deletesTasks).field({
    type: DeleteCompletedTasksPayload,
    complexity: mutationCost,
    description: 'Moves all your completed tasks to the trash.',
    resolve: async (_root, _args, { db, viewer }) => {
      const ids = await deleteCompletedTasks(db, authorOf(viewer))
      return { deletedTaskIds: ids.map((id) => taskIdOf({ id })) }
    },
  }),
}))

/**
 * The task as the caller created it, for a caller that may not read tasks: a retry does not tell what
 * was changed since, and the labels do not tell how other tasks spell them.
 */
function asCreated(task: TaskRow, values: TaskValues): TaskRow {
  return { ...task, ...values, completedAt: null, updatedAt: task.createdAt }
}

async function changeTask(
  { db, viewer }: ViewerContext,
  info: GraphQLResolveInfo,
  globalId: string,
  change: TaskChange,
  ifUpdatedAt?: string,
): Promise<{ task: TaskRow }> {
  const id = parseTaskId(globalId)
  const columns = payloadColumns(info)
  const author = authorOf(viewer)
  const task = id && (await updateTask(db, author, id, change, ifUpdatedAt, columns))
  if (!task) throw notFound()
  if (task === 'STALE') {
    throw conflict('The task has changed since ifUpdatedAt. Read it again before you change it.')
  }
  return { task }
}
