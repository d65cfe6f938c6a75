import { z } from 'zod'
import { fold } from '#db/folding.ts'
import { builder } from '../builder.ts'
import { line, list, optional, text } from '../validation.ts'
import {
  maxDescription,
  maxFilterLabels,
  maxFilterText,
  maxLabel,
  maxLabels,
  maxTitle,
} from './limits.ts'
import { repeat, TaskRepeatInput } from './repeat.ts'
import { TaskPriority } from './task.ts'

/** Longer lists are refused before their labels are compared. */
const maxLabelsGiven = 100
const labels = z.preprocess(
  (given: unknown) => (isShort(given) ? withoutRepeated(given) : given),
  list(line(maxLabel), maxLabels),
)
const priority = z.enum(['LOW', 'MEDIUM', 'HIGH'])
const title = line(maxTitle)
const description = text({ max: maxDescription }).nullish()
const dueOn = z.string().nullish()

function isShort(given: unknown): given is unknown[] {
  return Array.isArray(given) && given.length <= maxLabelsGiven
}

/** A label counts once, also if it is given in several spellings. */
function withoutRepeated(given: unknown[]): unknown[] {
  const seen = new Set<unknown>()
  return given.filter((label) => {
    const key = typeof label === 'string' ? fold(label.trim()) : label
    return !seen.has(key) && seen.add(key)
  })
}

/** The values of a new task, trimmed and with defaults. */
export const newTask = z.object({
  title,
  description: description.transform((value) => value ?? null),
  dueOn: dueOn.transform((value) => value ?? null),
  priority: priority.nullish().transform((value) => value ?? 'MEDIUM'),
  labels: labels.nullish().transform((value) => value ?? []),
  repeat: repeat.nullish().transform((value) => value ?? null),
  idempotencyKey: optional(text({ min: 1, max: 64 })),
})

/** A field that is left out stays the same. Null clears description and dueOn, and ends the repetition. */
export const taskChange = z.object({
  title: title.optional(),
  description,
  completed: z.boolean().optional(),
  dueOn,
  priority: priority.optional(),
  labels: labels.optional(),
  repeat: repeat.nullish(),
  ifUpdatedAt: optional(z.date()),
})

/** Filter texts are only compared: an unknown label matches nothing and is no error. */
export const taskFilter = z.object({
  completed: optional(z.boolean()),
  priority: optional(list(priority, 100)),
  labels: optional(list(text({ max: maxFilterText, trim: true }), maxFilterLabels)),
  dueOnOrAfter: optional(z.string()),
  dueOnOrBefore: optional(z.string()),
  search: optional(text({ max: maxFilterText })),
})

export const TaskFilter = builder.inputType('TaskFilter', {
  description: 'Selects tasks. A task must match all given conditions.',
  fields: (t) => ({
    completed: t.boolean({ description: 'True: only completed tasks. False: only open tasks.' }),
    priority: t.field({ type: [TaskPriority], description: 'Tasks with one of these priorities.' }),
    labels: t.stringList({
      description:
        'Tasks with all of these labels. The case of letters does not matter. A label that no task has matches nothing.',
    }),
    dueOnOrAfter: t.field({
      type: 'Date',
      description: 'Tasks that are due on this date or later.',
    }),
    dueOnOrBefore: t.field({
      type: 'Date',
      description: 'Tasks that are due on this date or earlier.',
    }),
    search: t.string({
      description:
        'Tasks with this text in the title, the description or a label. The case of letters does not matter. % and _ are ordinary characters. At most 255 characters.',
    }),
  }),
})

const TaskOrderField = builder.enumType('TaskOrderField', {
  description: 'The fields to sort tasks by. Tasks with equal values are sorted by id.',
  values: {
    CREATED_AT: { description: 'When the task was created.' },
    UPDATED_AT: { description: 'When the task last changed.' },
    DUE_ON: { description: 'The due date. Tasks without one come last in both directions.' },
    PRIORITY: { description: 'From LOW to HIGH.' },
    TITLE: { description: 'By code point. The case of letters does not matter.' },
  } as const,
})

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'The direction of an order.',
  values: {
    ASC: { description: 'Ascending: smallest, earliest or alphabetically first values first.' },
    DESC: { description: 'Descending: largest, latest or alphabetically last values first.' },
  } as const,
})

export const TaskOrder = builder.inputType('TaskOrder', {
  description: 'How to sort tasks.',
  fields: (t) => ({
    field: t.field({ type: TaskOrderField, required: true, description: 'The field to sort by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      description: 'The direction of the order.',
    }),
  }),
})

const describe = {
  title:
    '1 to 255 characters after trimming, at least one of them visible. One line: no control characters.',
  description: 'At most 2,000 characters.',
  labels:
    'At most 10 labels of 1 to 50 characters each after trimming, each of one line with a visible character. A label that differs from an existing one only in case is that label, and a label that is given twice counts once.',
  repeat: 'How the task repeats: completing it creates the next one.',
  id: 'The id of the task.',
}

export const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A new task.',
  fields: (t) => ({
    title: t.string({ required: true, description: describe.title }),
    description: t.string({ description: describe.description }),
    dueOn: t.field({ type: 'Date', description: 'The due date.' }),
    priority: t.field({ type: TaskPriority, description: 'Default: MEDIUM.' }),
    labels: t.stringList({ description: describe.labels }),
    repeat: t.field({ type: TaskRepeatInput, description: describe.repeat }),
    idempotencyKey: t.string({
      description:
        'Makes a retry safe: 1 to 64 characters of your choice. The same key with the same input returns the task that was created first. The same key with another input, or after that task was deleted, is refused with CONFLICT. A key is valid for 30 days.',
    }),
  }),
})

export const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  description:
    'The change to a task. Fields that are left out stay the same. Null clears description and dueOn, and ends the repetition.',
  fields: (t) => ({
    id: t.id({ required: true, description: describe.id }),
    title: t.string({ description: describe.title }),
    description: t.string({ description: `${describe.description} Null clears it.` }),
    completed: t.boolean({ description: 'True completes the task. False reopens it.' }),
    dueOn: t.field({ type: 'Date', description: 'The due date. Null clears it.' }),
    priority: t.field({ type: TaskPriority, description: 'The new priority.' }),
    labels: t.stringList({
      description: `The new labels of the task. They replace all earlier ones. ${describe.labels}`,
    }),
    repeat: t.field({
      type: TaskRepeatInput,
      description: `${describe.repeat} Null ends the repetition.`,
    }),
    ifUpdatedAt: t.field({
      type: 'DateTime',
      description:
        'Changes the task only if its updatedAt has this value. Otherwise the change is refused with CONFLICT.',
    }),
  }),
})

export const CompleteTaskInput = builder.inputType('CompleteTaskInput', {
  description: 'The task to complete.',
  fields: (t) => ({ id: t.id({ required: true, description: describe.id }) }),
})

export const ReopenTaskInput = builder.inputType('ReopenTaskInput', {
  description: 'The task to reopen.',
  fields: (t) => ({ id: t.id({ required: true, description: describe.id }) }),
})

export const RestoreTaskInput = builder.inputType('RestoreTaskInput', {
  description: 'The task to take out of the trash.',
  fields: (t) => ({ id: t.id({ required: true, description: describe.id }) }),
})

export const PurgeTaskInput = builder.inputType('PurgeTaskInput', {
  description: 'The task of the trash to delete permanently.',
  fields: (t) => ({ id: t.id({ required: true, description: describe.id }) }),
})

export const DeleteTaskInput = builder.inputType('DeleteTaskInput', {
  description: 'The task to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: describe.id }) }),
})
