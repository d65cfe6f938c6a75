import type { ChangedTask } from '#db/changes.ts'
import { everyColumn } from '#db/task-columns.ts'
import { everyChangeColumn, type RecordedChange, readChanges } from '#db/task-history.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { TaskChange } from './change.ts'

const reads = new WeakMap<ChangedTask, Promise<RecordedChange>>()

/** All streams of an owner get the same event and share one read of the change. */
function readOnce(event: ChangedTask, { db }: Context): Promise<RecordedChange> {
  const read = reads.get(event) ?? readLatest(event, db)
  reads.set(event, read)
  return read
}

async function readLatest({ id, ownerId }: ChangedTask, db: Context['db']) {
  const columns = everyChangeColumn
  const filter = { taskId: id }
  const request = { after: 0, limit: 10_000, filter, columns, taskColumns: everyColumn }
  const latest = (await readChanges(db, ownerId, request)).changes.at(-1)
  if (!latest) throw new Error('The change is not in the history.')
  return latest
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
    resolve: (event, _args, context) => readOnce(event, context),
  }),
)
