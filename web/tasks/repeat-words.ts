import type { RepeatFrom, RepeatUnit, Weekday } from '../gql/graphql.ts'

/** How a task repeats, as the API answers it. */
export type TaskRepeat = {
  every: number
  unit: RepeatUnit
  weekdays: Weekday[] | null
  from: RepeatFrom
}

const language = 'en-GB'
const monday = Date.UTC(2024, 0, 1)
const dayMs = 86_400_000

export const weekdays: readonly Weekday[] = [
  ...(['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const),
]

const once: Record<RepeatUnit, string> = {
  DAY: 'Every day',
  WEEK: 'Every week',
  MONTH: 'Every month',
  YEAR: 'Every year',
}

const often: Record<RepeatUnit, (every: number) => string> = {
  DAY: (every) => `Every ${every} days`,
  WEEK: (every) => `Every ${every} weeks`,
  MONTH: (every) => `Every ${every} months`,
  YEAR: (every) => `Every ${every} years`,
}

/** The name of a day: "Mon" or "Monday". */
export function weekdayName(weekday: Weekday, length: 'short' | 'long'): string {
  const date = monday + weekdays.indexOf(weekday) * dayMs
  return new Intl.DateTimeFormat(language, { weekday: length, timeZone: 'UTC' }).format(date)
}

/** How a task repeats, in words: "Every 2 weeks on Mon, Fri". */
export function repeatWords({ every, unit, weekdays: days }: Omit<TaskRepeat, 'from'>): string {
  const words = every === 1 ? once[unit] : often[unit](every)
  if (!days?.length) return words
  const list = new Intl.ListFormat(language, { type: 'unit', style: 'short' })
  const names = list.format(days.map((day) => weekdayName(day, 'short')))
  return every === 1 ? `Every week on ${names}` : `Every ${every} weeks on ${names}`
}
