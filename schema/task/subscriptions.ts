import type { ChangedTask } from '#db/changes.ts'
import type { Task as TaskRow } from '#db/tables.ts'
import { findTask } from '#db/tasks.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { Task, taskIdOf } from './task.ts'

const TaskChangeKind = builder.enumType('TaskChangeKind', {
  description: 'What happened to a task.',
  values: {
    CREATED: { description: 'The task was created, or restored from the trash.' },
    UPDATED: { description: 'The task was changed, completed or reopened.' },
    DELETED: { description: 'The task was moved to the trash, or deleted permanently.' },
  } as const,
})

const TaskChange = builder.objectRef<ChangedTask>('TaskChange').implement({
  description: 'A change to one of your tasks.',
  fields: (t) => ({
    kind: t.expose('kind', { type: TaskChangeKind, description: 'What happened.' }),
    taskId: t.id({
      description: 'The id of the task, also after its deletion.',
      resolve: taskIdOf,
    }),
    task: t.field({
      type: Task,
      nullable: true,
      description:
        'The task when the event is sent. Null when it is in the trash or deleted, by this change or later.',
      resolve: (change, _args, context) => readOnce(change, context),
    }),
  }),
})

const reads = new WeakMap<ChangedTask, Promise<TaskRow | undefined>>()

/** All streams of an owner get the same change object and share one read of the task. */
function readOnce(change: ChangedTask, { db }: Context): Promise<TaskRow | undefined> | null {
  if (change.kind === 'DELETED') return null
  const read = reads.get(change) ?? findTask(db, change.ownerId, change.id)
  reads.set(change, read)
  return read
}

builder.subscriptionType({
  description: 'Streams of events, sent as server-sent events.',
})

builder.subscriptionField('taskChanged', (t) =>
  t.withAuth(readsTasks).field({
    type: TaskChange,
    description:
      'Sends each later change to your tasks, by any client, after it is committed. The stream ends with an error that has the reason: the token expired, its session ended, changes may have been missed, the points for events are used up, or the server stops. Then subscribe again and refetch what you show.',
    subscribe: (_root, _args, { subscribeToTasks, viewer }) => subscribeToTasks(viewer),
    resolve: (change) => change,
  }),
)
