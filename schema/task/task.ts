import type { Task as TaskRow } from '#db/tables.ts'
import { everyColumn, type TaskColumn } from '#db/task-columns.ts'
import { findTasks } from '#db/tasks.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { registerNode } from '../node.ts'
import { bySelection, type Selection } from '../selection.ts'
import { TaskRepeat } from './repeat.ts'
import { isRowId, taskIdOf, taskTypename } from './task-ids.ts'

export const TaskPriority = builder.enumType('TaskPriority', {
  description: 'The importance of a task.',
  values: {
    LOW: { description: 'Less important than most tasks.' },
    MEDIUM: { description: 'The default.' },
    HIGH: { description: 'More important than most tasks.' },
  } as const,
})

/** A field reads the column of its name, or this one. */
const otherColumns = new Map<string, TaskColumn>([['completed', 'completedAt']])

/** The columns that the selected fields of Task read. */
export function columnsOf(selection: Selection = new Map()): readonly TaskColumn[] {
  const names = [...selection.keys()].filter((name) => name !== 'id' && name !== '__typename')
  const read = new Set(names.map((name) => otherColumns.get(name) ?? name))
  const columns = everyColumn.filter((column) => read.has(column))
  return columns.length === read.size ? columns : everyColumn
}

export const Task = builder.objectRef<TaskRow>(taskTypename).implement({
  description: 'A task. It belongs to one account. Other accounts cannot find out that it exists.',
  interfaces: [builder.nodeInterfaceRef()],
  // Task is the only type of node. Only its id is always read.
  isTypeOf: (value) => value instanceof Object && 'id' in value,
  fields: (t) => ({
    id: t.id({
      description: 'The global id. Opaque. Stays the same as long as the task exists.',
      resolve: taskIdOf,
    }),
    title: t.exposeString('title', { description: '1 to 255 characters, trimmed.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'At most 2,000 characters. Null when there is none.',
    }),
    completed: t.boolean({
      description: 'Whether the task is completed.',
      resolve: ({ completedAt }) => completedAt !== null,
    }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the task was completed. Null when it is open. Completing it again does not change the time; reopening clears it.',
    }),
    dueOn: t.expose('dueOn', {
      type: 'Date',
      nullable: true,
      description: 'The due date. Null when there is none.',
    }),
    priority: t.expose('priority', {
      type: TaskPriority,
      description: 'The importance of the task. Default: MEDIUM.',
    }),
    labels: t.exposeStringList('labels', {
      description:
        'At most 10 labels of 1 to 50 characters each, in the order given. Labels that differ only in case are the same label, and have the same spelling on all your tasks.',
    }),
    repeat: t.expose('repeat', {
      type: TaskRepeat,
      nullable: true,
      complexity: { field: 1, multiplier: 0 }, // one column, whatever is selected of it
      description: 'How the task repeats. Null when it does not.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the task was moved to the trash. Null when it is not there.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the task was created.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description:
        'When the task last changed. Each change sets a later time, so it identifies a version of the task.',
    }),
  }),
})

const nodeColumns = bySelection(columnsOf)

registerNode(taskTypename, {
  rule: readsTasks,
  load: async (ids, { db, viewer }, info) => {
    const known = ids.filter(isRowId)
    const found = await findTasks(db, viewer.id, known, nodeColumns(info))
    return new Map(found.map((task) => [task.id, task]))
  },
})
