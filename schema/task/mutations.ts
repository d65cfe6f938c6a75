import type { Task as TaskRow } from '#db/tables.ts'
import {
  createTask,
  deleteCompletedTasks,
  deleteTask,
  type TaskChange,
  updateTask,
} from '#db/tasks.ts'
import { writesTasks } from '../access.ts'
import { builder } from '../builder.ts'
import type { ViewerContext } from '../context.ts'
import { conflict, notFound } from '../errors.ts'
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
import { parseTaskId, Task, taskIdOf } from './task.ts'

/** A payload that answers with the task as it is after the mutation. */
function taskPayload(name: string, description: string) {
  return builder.objectRef<{ task: TaskRow }>(name).implement({
    description,
    fields: (t) => ({
      task: t.expose('task', { type: Task, description: 'The task, as it is now.' }),
    }),
  })
}

const CreateTaskPayload = taskPayload('CreateTaskPayload', 'The task that was created.')
const UpdateTaskPayload = taskPayload('UpdateTaskPayload', 'The task that was changed.')
const CompleteTaskPayload = taskPayload('CompleteTaskPayload', 'The task that is completed.')
const ReopenTaskPayload = taskPayload('ReopenTaskPayload', 'The task that is open again.')

const DeleteTaskPayload = builder
  .objectRef<{ deletedTaskId: string }>('DeleteTaskPayload')
  .implement({
    description: 'The task that is gone.',
    fields: (t) => ({
      deletedTaskId: t.exposeID('deletedTaskId', { description: 'The id that it had.' }),
    }),
  })

const DeleteCompletedTasksPayload = builder
  .objectRef<{ deletedTaskIds: string[] }>('DeleteCompletedTasksPayload')
  .implement({
    description: 'The tasks that are gone.',
    fields: (t) => ({
      deletedTaskIds: t.exposeIDList('deletedTaskIds', {
        description: 'The ids that they had; empty when none was completed.',
      }),
    }),
  })

/** At most 16 writes in one operation. */
const writing = 300

builder.mutationFields((t) => ({
  createTask: t.withAuth(writesTasks).field({
    type: CreateTaskPayload,
    complexity: writing,
    description: 'Creates a task. With an idempotencyKey, a retry makes no second one.',
    args: { input: t.arg({ type: CreateTaskInput, required: true, description: 'The task.' }) },
    resolve: async (_root, { input }, { db, viewer }) => {
      const { idempotencyKey, ...values } = parseInput(newTask, input)
      const task = await createTask(db, viewer.id, values, idempotencyKey)
      if (task === 'KEY_OF_ANOTHER_INPUT') {
        throw conflict('This idempotencyKey was used for another input: use a new one.')
      }
      if (task === 'KEY_OF_A_DELETED_TASK') {
        throw conflict(
          'The task of this idempotencyKey was deleted: use a new key to make another.',
        )
      }
      return { task }
    },
  }),

  updateTask: t.withAuth(writesTasks).field({
    type: UpdateTaskPayload,
    complexity: writing,
    description: 'Changes what is given and leaves the rest.',
    args: { input: t.arg({ type: UpdateTaskInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input: { id, ...input } }, context) => {
      const { ifUpdatedAt, ...change } = parseInput(taskChange, input)
      return changeTask(context, id, change, ifUpdatedAt)
    },
  }),

  completeTask: t.withAuth(writesTasks).field({
    type: CompleteTaskPayload,
    complexity: writing,
    description: 'Completes a task. One that is completed already keeps its first time.',
    args: { input: t.arg({ type: CompleteTaskInput, required: true, description: 'Which task.' }) },
    resolve: (_root, { input }, context) => changeTask(context, input.id, { completed: true }),
  }),

  reopenTask: t.withAuth(writesTasks).field({
    type: ReopenTaskPayload,
    complexity: writing,
    description: 'Opens a completed task again and clears its time. One that is open stays so.',
    args: { input: t.arg({ type: ReopenTaskInput, required: true, description: 'Which task.' }) },
    resolve: (_root, { input }, context) => changeTask(context, input.id, { completed: false }),
  }),

  deleteTask: t.withAuth(writesTasks).field({
    type: DeleteTaskPayload,
    complexity: writing,
    description: 'Deletes a task for good.',
    args: { input: t.arg({ type: DeleteTaskInput, required: true, description: 'Which task.' }) },
    resolve: async (_root, { input }, { db, viewer }) => {
      const id = parseTaskId(input.id)
      if (id === undefined || !(await deleteTask(db, viewer.id, id))) throw notFound()
      return { deletedTaskId: input.id }
    },
  }),

  deleteCompletedTasks: t.withAuth(writesTasks).field({
    type: DeleteCompletedTasksPayload,
    complexity: writing,
    description: 'Deletes all your completed tasks for good.',
    resolve: async (_root, _args, { db, viewer }) => {
      const ids = await deleteCompletedTasks(db, viewer.id)
      return { deletedTaskIds: ids.map((id) => taskIdOf({ id })) }
    },
  }),
}))

async function changeTask(
  { db, viewer }: ViewerContext,
  globalId: string,
  change: TaskChange,
  ifUpdatedAt?: Date,
): Promise<{ task: TaskRow }> {
  const id = parseTaskId(globalId)
  const task = id && (await updateTask(db, viewer.id, id, change, ifUpdatedAt))
  if (!task) throw notFound()
  if (task === 'STALE') {
    throw conflict('The task has changed since ifUpdatedAt: read it again, then decide.')
  }
  return { task }
}
