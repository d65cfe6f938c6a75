import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { parseChangeCursor } from '../change-cursors.ts'
import { TaskChange } from './change.ts'

builder.subscriptionType({
  description: 'Streams of events, sent as server-sent events.',
})

builder.subscriptionField('taskChanged', (t) =>
  t.withAuth(readsTasks).field({
    type: TaskChange,
    description:
      'Sends each change to your tasks, by any client, after it is committed: each exactly once, in the order of your history. The stream ends with an error that has the reason: the token expired, its session ended, you read too slowly, the points for events are used up, or the server stops. Then subscribe again with the cursor of the last change that you received.',
    args: {
      after: t.arg.string({
        description:
          'First all changes after this cursor: from taskChanges, taskChanged or changesCursor. Null: from now on. When changes after it are no longer kept, the error is CURSOR_EXPIRED.',
      }),
    },
    subscribe: (_root, { after }, { subscribeToTasks, viewer }) =>
      subscribeToTasks(viewer, after == null ? undefined : parseChangeCursor(viewer.id, after)),
    resolve: (change) => change,
  }),
)
