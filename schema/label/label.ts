import { type LabelCount, listLabels } from '#db/labels.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'

const Label = builder.objectRef<LabelCount>('Label').implement({
  description: 'A label of your tasks. It exists as long as at least one task has it.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: '1 to 50 characters, in the spelling that all your tasks use.',
    }),
    taskCount: t.exposeInt('taskCount', {
      description: 'The number of your tasks with this label, open and completed. At least 1.',
    }),
  }),
})

builder.queryField('labels', (t) =>
  t.withAuth(readsTasks).field({
    type: [Label],
    description: 'The labels of your tasks, in alphabetical order.',
    resolve: (_root, _args, { db, viewer }) => listLabels(db, viewer.id),
  }),
)
