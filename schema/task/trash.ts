import type { TaskOrder } from '#db/pages.ts'
import { emptyTrash, purgeTask, restoreTask } from '#db/trash.ts'
import { onlyPerson, readsTasks, restoresTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { authorOf } from '../context.ts'
import { notFound } from '../errors.ts'
import { readTaskPage, TaskConnection } from './connection.ts'
import { PurgeTaskInput, RestoreTaskInput } from './inputs.ts'
import { mutationCost, payloadColumns, taskPayload } from './mutations.ts'
import { maxTasks, pageArgs, parsePage } from './page-args.ts'
import { parseTaskId, taskIdOf } from './task-ids.ts'

const latestDeletionFirst: TaskOrder = { field: 'DELETED_AT', direction: 'DESC' }

builder.queryField('trash', (t) =>
  t.withAuth(readsTasks).field({
    type: TaskConnection,
    description:
      'Returns one page of your tasks in the trash, the latest deletion first. A task stays there for 30 days, unless the operator set another time, and is then deleted permanently.',
    args: pageArgs(t),
    complexity: ({ first, last }) => ({ field: 1, multiplier: maxTasks(last ?? first) }),
    resolve: (_root, args, { db, viewer }, info) => {
      const page = parsePage(latestDeletionFirst, args)
      return readTaskPage(db, viewer.id, { filter: {}, order: latestDeletionFirst, page }, info)
    },
  }),
)

const RestoreTaskPayload = taskPayload('RestoreTaskPayload', 'The result of restoreTask.')

const PurgeTaskPayload = builder.objectRef<{ purgedTaskId: string }>('PurgeTaskPayload').implement({
  description: 'The result of purgeTask.',
  fields: (t) => ({
    purgedTaskId: t.exposeID('purgedTaskId', { description: 'The id of the deleted task.' }),
  }),
})

const EmptyTrashPayload = builder
  .objectRef<{ purgedTaskIds: string[] }>('EmptyTrashPayload')
  .implement({
    description: 'The result of emptyTrash.',
    fields: (t) => ({
      purgedTaskIds: t.exposeIDList('purgedTaskIds', {
        description: 'The ids of the deleted tasks. Empty when the trash was empty.',
      }),
    }),
  })

builder.mutationFields((t) => ({
  restoreTask: t.withAuth(restoresTasks).field({
    type: RestoreTaskPayload,
    complexity: mutationCost,
    description: 'Takes a task out of the trash, with the values that it had.',
    args: { input: t.arg({ type: RestoreTaskInput, required: true, description: 'The task.' }) },
    resolve: async (_root, { input }, { db, viewer }, info) => {
      const id = parseTaskId(input.id)
      const task = id && (await restoreTask(db, authorOf(viewer), id, payloadColumns(info)))
      if (!task) throw notFound()
      return { task }
    },
  }),

  purgeTask: t.withAuth(onlyPerson).field({
    type: PurgeTaskPayload,
    complexity: mutationCost,
    description: 'Deletes a task of the trash permanently.',
    args: { input: t.arg({ type: PurgeTaskInput, required: true, description: 'The task.' }) },
    resolve: async (_root, { input }, { db, viewer }) => {
      const id = parseTaskId(input.id)
      if (id === undefined || !(await purgeTask(db, authorOf(viewer), id))) throw notFound()
      return { purgedTaskId: input.id }
    },
  }),

  emptyTrash: t.withAuth(onlyPerson).field({
    type: EmptyTrashPayload,
    complexity: mutationCost,
    description: 'Deletes all your tasks in the trash permanently.',
    resolve: async (_root, _args, { db, viewer }) => {
      const ids = await emptyTrash(db, authorOf(viewer))
      return { purgedTaskIds: ids.map((id) => taskIdOf({ id })) }
    },
  }),
}))
