import { z } from 'zod'
import { builder } from '../builder.ts'
import { list, optional, text } from '../validation.ts'
import { TaskPriority } from './task.ts'

const maxLabels = 10
const label = text({ min: 1, max: 50, trim: true })
const labels = list(label, maxLabels)
const priority = z.enum(['LOW', 'MEDIUM', 'HIGH'])
const title = text({ min: 1, max: 255, trim: true })
const description = text({ max: 2000 }).nullish()
const dueOn = z.string().nullish()

/** A new task as it was asked for, trimmed and with defaults. */
export const newTask = z.object({
  title,
  description: description.transform((value) => value ?? null),
  dueOn: dueOn.transform((value) => value ?? null),
  priority: priority.nullish().transform((value) => value ?? 'MEDIUM'),
  labels: labels.nullish().transform((value) => value ?? []),
  idempotencyKey: optional(text({ min: 1, max: 64 })),
})

/** What is left out stays; null clears, where a task can be without. */
export const taskChange = z.object({
  title: title.optional(),
  description,
  completed: z.boolean().optional(),
  dueOn,
  priority: priority.optional(),
  labels: labels.optional(),
  ifUpdatedAt: optional(z.date()),
})

/** A filter's texts are only compared: an unknown label matches nothing, and is no fault. */
export const taskFilter = z.object({
  completed: optional(z.boolean()),
  priority: optional(list(priority, 100)),
  labels: optional(list(text({ max: 255, trim: true }), 100)),
  dueOnOrAfter: optional(z.string()),
  dueOnOrBefore: optional(z.string()),
  search: optional(text({ max: 255 })),
})

export const TaskFilter = builder.inputType('TaskFilter', {
  description: 'Which tasks to list. All conditions that are given hold together.',
  fields: (t) => ({
    completed: t.boolean({ description: 'True: only completed tasks. False: only open ones.' }),
    priority: t.field({ type: [TaskPriority], description: 'Any of these priorities.' }),
    labels: t.stringList({
      description:
        'All of these labels, without regard to case. A label that no task bears matches nothing.',
    }),
    dueOnOrAfter: t.field({ type: 'Date', description: 'Due on this day or later.' }),
    dueOnOrBefore: t.field({ type: 'Date', description: 'Due on this day or earlier.' }),
    search: t.string({
      description:
        'Text in the title, the description or a label, without regard to case; % and _ are ordinary characters. At most 255 characters.',
    }),
  }),
})

const TaskOrderField = builder.enumType('TaskOrderField', {
  description: 'What tasks can be sorted by. Ties end in id.',
  values: {
    CREATED_AT: { description: 'When the task was made.' },
    UPDATED_AT: { description: 'When the task last changed.' },
    DUE_ON: { description: 'The due date. Tasks without one come last in both directions.' },
    PRIORITY: { description: 'From LOW to HIGH.' },
    TITLE: { description: 'Alphabetical by code point, without regard to case.' },
  } as const,
})

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of a list comes first.',
  values: {
    ASC: { description: 'Smallest, earliest or first in the alphabet first.' },
    DESC: { description: 'Largest, latest or last in the alphabet first.' },
  } as const,
})

export const TaskOrder = builder.inputType('TaskOrder', {
  description: 'How to sort tasks.',
  fields: (t) => ({
    field: t.field({ type: TaskOrderField, required: true, description: 'What to sort by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      description: 'Which end is first.',
    }),
  }),
})

const describe = {
  title: '1 to 255 characters after trimming.',
  description: 'Up to 2,000 characters.',
  labels:
    'Up to 10, of 1 to 50 characters each after trimming. A label that differs from one of yours only in case is that label.',
  id: 'The id of the task.',
}

export const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A new task.',
  fields: (t) => ({
    title: t.string({ required: true, description: describe.title }),
    description: t.string({ description: describe.description }),
    dueOn: t.field({ type: 'Date', description: 'The day it is due.' }),
    priority: t.field({ type: TaskPriority, description: 'MEDIUM unless said.' }),
    labels: t.stringList({ description: describe.labels }),
    idempotencyKey: t.string({
      description:
        'Makes a retry safe: 1 to 64 characters of your choice. The same key with the same input answers the same task; with another input, or once that task is deleted, CONFLICT. A key is remembered for 30 days.',
    }),
  }),
})

export const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  description: 'A change to a task. What is left out stays; null clears description and dueOn.',
  fields: (t) => ({
    id: t.id({ required: true, description: describe.id }),
    title: t.string({ description: describe.title }),
    description: t.string({ description: `${describe.description} Null clears it.` }),
    completed: t.boolean({ description: 'True completes the task, false reopens it.' }),
    dueOn: t.field({ type: 'Date', description: 'The day it is due. Null clears it.' }),
    priority: t.field({ type: TaskPriority, description: 'The new priority.' }),
    labels: t.stringList({ description: `All labels of the task from now on. ${describe.labels}` }),
    ifUpdatedAt: t.field({
      type: 'DateTime',
      description:
        "Change only if this is still the task's updatedAt; else CONFLICT, and nothing is changed.",
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

export const DeleteTaskInput = builder.inputType('DeleteTaskInput', {
  description: 'The task to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: describe.id }) }),
})
