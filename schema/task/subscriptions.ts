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
    CREATED: { description: 'It is new.' },
    UPDATED: { description: 'Something about it is different, completion included.' },
    DELETED: { description: 'It is gone for good.' },
  } as const,
})

const TaskChange = builder.objectRef<ChangedTask>('TaskChange').implement({
  description: 'Something that happened to one of your tasks.',
  fields: (t) => ({
    kind: t.expose('kind', { type: TaskChangeKind, description: 'What happened.' }),
    taskId: t.id({ description: 'The id of the task, also when it is gone.', resolve: taskIdOf }),
    task: t.field({
      type: Task,
      nullable: true,
      description:
        'The task as it is when this is sent. Null when it was deleted, by this change or since.',
      resolve: (change, _args, context) => readOnce(change, context),
    }),
  }),
})

const reads = new WeakMap<ChangedTask, Promise<TaskRow | undefined>>()

/** All streams of an owner are handed the same change, and share one look at the task. */
function readOnce(change: ChangedTask, { db }: Context): Promise<TaskRow | undefined> | null {
  if (change.kind === 'DELETED') return null
  const read = reads.get(change) ?? findTask(db, change.ownerId, change.id)
  reads.set(change, read)
  return read
}

builder.subscriptionType({
  description: 'Everything that can be followed, as server-sent events.',
})

builder.subscriptionField('taskChanged', (t) =>
  t.withAuth(readsTasks).field({
    type: TaskChange,
    description:
      'Each change to your tasks from now on, whoever makes it, once it is committed. The stream ends with an error that says why: with the token, with its session, when changes may have been missed, when the points for its events are spent, when the server stops. Then subscribe again, and read again what you show.',
    subscribe: (_root, _args, { followTasks, viewer }) => followTasks(viewer),
    resolve: (change) => change,
  }),
)
