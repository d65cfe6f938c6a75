import { encodeGlobalID } from '@pothos/plugin-relay'
import { encodeChangeCursor } from '#db/change-cursors.ts'
import type { TaskState as TaskStateRow } from '#db/tables.ts'
import type { ChangeColumn } from '#db/task-history.ts'
import { builder } from '../builder.ts'
import type { Change } from '../change-source.ts'
import { parseGlobalId } from '../global-id.ts'
import type { Selection } from '../selection.ts'
import { Actor } from './actor.ts'
import { TaskRepeat } from './repeat.ts'
import { Task, TaskPriority } from './task.ts'
import { taskIdOf } from './task-ids.ts'

const TaskChangeKind = builder.enumType('TaskChangeKind', {
  description: 'What happened to a task.',
  values: {
    CREATED: { description: 'The task was created.' },
    UPDATED: { description: 'The task was changed, completed or reopened.' },
    DELETED: { description: 'The task was moved to the trash.' },
    RESTORED: { description: 'The task was taken out of the trash.' },
    PURGED: { description: 'The task was deleted permanently.' },
  } as const,
})

/** The history has times with the offset of the server. */
const toUtc = (time: string | null) => time && new Date(time).toISOString()

const TaskState = builder.objectRef<TaskStateRow>('TaskState').implement({
  description: 'The values of a task at one time.',
  fields: (t) => ({
    title: t.exposeString('title', { description: 'As in Task.' }),
    description: t.exposeString('description', { nullable: true, description: 'As in Task.' }),
    completedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'As in Task.',
      resolve: ({ completedAt }) => toUtc(completedAt),
    }),
    dueOn: t.expose('dueOn', { type: 'Date', nullable: true, description: 'As in Task.' }),
    priority: t.expose('priority', { type: TaskPriority, description: 'As in Task.' }),
    labels: t.exposeStringList('labels', { description: 'As in Task.' }),
    repeat: t.field({
      type: TaskRepeat,
      nullable: true,
      description: 'As in Task.',
      resolve: ({ repeat }) => repeat ?? null,
    }),
    deletedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the task was moved to the trash. Null when it was not there.',
      resolve: ({ deletedAt }) => toUtc(deletedAt),
    }),
  }),
})

const typename = 'TaskChange'

export function changeIdOf(position: number): string {
  return encodeGlobalID(typename, String(position))
}

const idOrNull = (position: number | null) => (position === null ? null : changeIdOf(position))

/** The position of a change from its id. Undefined: it cannot be the id of a change. */
export function parseChangeId(globalId: string): number | undefined {
  const id = parseGlobalId(typename, globalId)
  return id !== undefined && /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined
}

/** The actor and the states are columns of the change, so their fields cost nothing more. */
const oneColumn = { field: 1, multiplier: 0 }

export const TaskChange = builder.objectRef<Change>(typename).implement({
  description: 'A change of one of your tasks. The history keeps it for 90 days or longer.',
  fields: (t) => ({
    id: t.id({
      description: 'The id of the change. Opaque.',
      resolve: ({ position }) => changeIdOf(position),
    }),
    cursor: t.string({
      description:
        'The position of the change in your history, for `after` of taskChanges and taskChanged. Opaque.',
      resolve: ({ userId, position }) => encodeChangeCursor(userId, position),
    }),
    kind: t.expose('kind', { type: TaskChangeKind, description: 'What happened.' }),
    taskId: t.id({
      description: 'The id of the task, also when it is deleted permanently.',
      resolve: ({ taskId }) => taskIdOf({ id: taskId }),
    }),
    task: t.field({
      type: Task,
      nullable: true,
      description:
        'The task as it is now, not as it was after the change. In the trash it has a `deletedAt`. Null when it is deleted permanently.',
      resolve: ({ task }) => (typeof task === 'function' ? task() : task),
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it happened.' }),
    actor: t.field({
      type: Actor,
      description: 'Who made the change.',
      complexity: oneColumn,
      resolve: ({ actorKind, actorId, actorName }) => ({
        kind: actorKind,
        id: actorId,
        name: actorName,
      }),
    }),
    before: t.expose('before', {
      type: TaskState,
      nullable: true,
      description: 'The values before the change. Null for CREATED.',
      complexity: oneColumn,
    }),
    after: t.expose('after', {
      type: TaskState,
      nullable: true,
      description: 'The values after the change. Null for PURGED.',
      complexity: oneColumn,
    }),
    undoes: t.id({
      nullable: true,
      description: 'The id of the change that this one took back.',
      resolve: ({ undoes }) => idOrNull(undoes),
    }),
    undoneBy: t.id({
      nullable: true,
      description:
        'The id of the last change that took this one back. Null: it is in effect, also again after its undo was taken back.',
      resolve: ({ undoneBy }) => idOrNull(undoneBy),
    }),
  }),
})

/** The columns of a field, if they are not the one of its name. */
const otherColumns = new Map<string, readonly ChangeColumn[]>([
  ['id', []],
  ['cursor', []],
  ['task', []],
  ['__typename', []],
  ['actor', ['actorKind', 'actorId', 'actorName']],
])

/** The columns that the selected fields of TaskChange read. The position is always read. */
export function changeColumnsOf(selection: Selection = new Map()): readonly ChangeColumn[] {
  const names = [...selection.keys()].sort()
  const columns = names.flatMap((name) => otherColumns.get(name) ?? [name as ChangeColumn])
  return ['position', ...columns]
}
