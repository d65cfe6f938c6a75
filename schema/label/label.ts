import { type LabelCount, listLabels } from '#db/labels.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'

const Label = builder.objectRef<LabelCount>('Label').implement({
  description: 'A word that tasks are grouped by. It exists for as long as a task bears it.',
  fields: (t) => ({
    name: t.exposeString('name', { description: '1 to 50 characters, as its owner spells it.' }),
    taskCount: t.exposeInt('taskCount', {
      description: 'How many of your tasks bear it, open or completed; at least 1.',
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
