import { expect, it } from 'vitest'
import { repeatWords, type TaskRepeat, weekdayName, weekdays } from './repeat-words.ts'

it.for([
  [{ every: 1, unit: 'DAY', weekdays: null }, 'Every day'],
  [{ every: 1, unit: 'WEEK', weekdays: null }, 'Every week'],
  [{ every: 3, unit: 'MONTH', weekdays: null }, 'Every 3 months'],
  [{ every: 1, unit: 'YEAR', weekdays: null }, 'Every year'],
  [{ every: 1, unit: 'WEEK', weekdays: ['MONDAY'] }, 'Every week on Mon'],
  [{ every: 2, unit: 'WEEK', weekdays: ['MONDAY', 'FRIDAY'] }, 'Every 2 weeks on Mon, Fri'],
] as [Omit<TaskRepeat, 'from'>, string][])('%j is in words: %s', ([repeat, words]) => {
  expect(repeatWords(repeat)).toBe(words)
})

it('a week begins on Monday and has a name for each day', () => {
  expect(weekdays.map((day) => weekdayName(day, 'long').toUpperCase())).toEqual(weekdays)
})
