import { z } from 'zod'
import { type StoredRepeat, weekdays } from '#db/tables.ts'
import { builder } from '../builder.ts'
import { maxEvery } from './limits.ts'

const RepeatUnit = builder.enumType('RepeatUnit', {
  description: 'What the interval of a repetition is counted in.',
  values: {
    DAY: { description: 'Days.' },
    WEEK: { description: 'Weeks. They begin on Monday.' },
    MONTH: {
      description:
        'Months, on the same day: 31 January, 28 February, 31 March. A month that is shorter has its last day.',
    },
    YEAR: { description: 'Years, on the same date: 29 February is the 28th in other years.' },
  } as const,
})

const Weekday = builder.enumType('Weekday', {
  description: 'A day of the week.',
  values: {
    MONDAY: { description: 'Monday.' },
    TUESDAY: { description: 'Tuesday.' },
    WEDNESDAY: { description: 'Wednesday.' },
    THURSDAY: { description: 'Thursday.' },
    FRIDAY: { description: 'Friday.' },
    SATURDAY: { description: 'Saturday.' },
    SUNDAY: { description: 'Sunday.' },
  } as const,
})

const RepeatFrom = builder.enumType('RepeatFrom', {
  description: 'Where the interval of a repetition begins.',
  values: {
    DUE_DATE: {
      description:
        'At the due date. Dates that have passed at the completion are left out: those up to its day at UTC−12, where days end last. Without a due date, as COMPLETION.',
    },
    COMPLETION: { description: 'At the day of the completion, in UTC.' },
  } as const,
})

const describe = {
  every: 'The length of the interval in units: 1 to 999.',
  unit: 'The unit of the interval.',
  weekdays: 'The days of the week that the task is due on, in each week that the interval gives.',
  from: 'Where the interval begins.',
}

export const TaskRepeat = builder.objectRef<StoredRepeat>('TaskRepeat').implement({
  description: 'How a task repeats. Completing it creates the next task.',
  fields: (t) => ({
    every: t.exposeInt('every', { description: describe.every }),
    unit: t.expose('unit', { type: RepeatUnit, description: describe.unit }),
    weekdays: t.expose('weekdays', {
      type: [Weekday],
      nullable: true,
      description: `${describe.weekdays} From Monday on. Null when there are none.`,
    }),
    from: t.expose('from', { type: RepeatFrom, description: describe.from }),
  }),
})

export const TaskRepeatInput = builder.inputType('TaskRepeatInput', {
  description: 'How a task repeats.',
  fields: (t) => ({
    every: t.int({ required: true, description: describe.every }),
    unit: t.field({ type: RepeatUnit, required: true, description: describe.unit }),
    weekdays: t.field({
      type: [Weekday],
      description: `${describe.weekdays} With the unit WEEK only: at least one. A day that is given twice counts once.`,
    }),
    from: t.field({ type: RepeatFrom, required: true, description: describe.from }),
  }),
})

/** The rule as it is stored: weekdays from Monday on, each once. */
export const repeat = z
  .object({
    every: z.number().refine((every) => every >= 1 && every <= maxEvery, {
      error: ({ input }) => `must be 1 to ${maxEvery}, got ${input}.`,
    }),
    unit: z.enum(['DAY', 'WEEK', 'MONTH', 'YEAR']),
    weekdays: z.array(z.enum(weekdays)).nullish(),
    from: z.enum(['DUE_DATE', 'COMPLETION']),
  })
  .superRefine(({ unit, weekdays }, context) => {
    const refuse = (message: string) =>
      context.addIssue({ code: 'custom', message, path: ['weekdays'] })
    if (!weekdays) return
    if (unit !== 'WEEK') refuse(`can only be given with the unit WEEK, got ${unit}.`)
    else if (weekdays.length === 0) refuse('must have at least one day. Leave it out for none.')
  })
  .transform(({ weekdays: given, ...rule }) => {
    return given ? { ...rule, weekdays: weekdays.filter((day) => given.includes(day)) } : rule
  })
