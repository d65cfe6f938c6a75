import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Task as TaskRow } from '#db/tables.ts'
import { findTasks } from '#db/tasks.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { parseGlobalId, registerNode } from '../node.ts'

export const TaskPriority = builder.enumType('TaskPriority', {
  description: 'How much a task matters.',
  values: {
    LOW: { description: 'Can wait.' },
    MEDIUM: { description: 'The usual; what a task has unless said.' },
    HIGH: { description: 'Comes before others.' },
  } as const,
})

const typename = 'Task'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The id of a row from the id of a node; undefined when it cannot be the id of a task. */
export function parseTaskId(globalId: string): string | undefined {
  const id = parseGlobalId(typename, globalId)
  return id !== undefined && uuid.test(id) ? id : undefined
}

export function taskIdOf({ id }: Pick<TaskRow, 'id'>): string {
  return encodeGlobalID(typename, id)
}

export const Task = builder.objectRef<TaskRow>(typename).implement({
  description: 'Something to do. Belongs to one account, and nobody else can tell that it exists.',
  interfaces: [builder.nodeInterfaceRef()],
  isTypeOf: (value) => value instanceof Object && 'titleKey' in value,
  fields: (t) => ({
    id: t.id({
      description: 'Opaque; the same for as long as the task exists.',
      resolve: taskIdOf,
    }),
    title: t.exposeString('title', { description: '1 to 255 characters, trimmed.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Up to 2,000 characters; null when there is none.',
    }),
    completed: t.boolean({
      description: 'Whether it is done.',
      resolve: ({ completedAt }) => completedAt !== null,
    }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was completed: set by the first completion, kept by a second one, cleared by reopening.',
    }),
    dueOn: t.expose('dueOn', {
      type: 'Date',
      nullable: true,
      description: 'The day it is due, or null.',
    }),
    priority: t.expose('priority', { type: TaskPriority, description: 'MEDIUM unless said.' }),
    labels: t.exposeStringList('labels', {
      description:
        'Up to 10, of 1 to 50 characters each, in the order given. Labels of one account are the same without regard to case, and canonical alike on all its tasks.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed. Later after each change, so it tells two versions apart.',
    }),
  }),
})

registerNode(typename, {
  rule: readsTasks,
  load: async (ids, { db, viewer }) => {
    const found = await findTasks(
      db,
      viewer.id,
      ids.filter((id) => uuid.test(id)),
    )
    return new Map(found.map((task) => [task.id, task]))
  },
})
