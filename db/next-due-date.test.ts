import { describe, expect, it } from 'vitest'
import type { StoredRepeat } from './tables.ts'
import { databaseForFile } from './testing/database.ts'

const { pool } = await databaseForFile()

/** The rule `next_due_on` of migration 0024. `passed`: the next date is later. Default: the date itself. */
async function nextDueOn(repeat: string, on: string, passed = on): Promise<string> {
  const { rows } = await pool.query(
    'select next_due_on($1::jsonb, $2::date, $3::date)::text as date',
    [JSON.stringify(parse(repeat)), on, passed],
  )
  return rows[0].date
}

/** Such as "2 WEEK MONDAY,FRIDAY", or "1 MONTH day 31". */
function parse(repeat: string): StoredRepeat {
  const [every, unit, ...rest] = repeat.split(' ')
  const [last] = rest.slice(-1)
  const more = rest[0] === 'day' ? { day: Number(last) } : last && { weekdays: last.split(',') }
  return { every: Number(every), unit, from: 'DUE_DATE', ...more } as StoredRepeat
}

describe('the next date', () => {
  it.for([
    ['1 DAY', '2027-02-28', '2027-03-01'],
    ['1 DAY', '2028-02-28', '2028-02-29'],
    ['3 DAY', '2026-12-30', '2027-01-02'],
    ['999 DAY', '2027-01-01', '2029-09-26'],
    // Clocks change on 28 March and 31 October 2027 in Europe: a date has no clock.
    ['1 DAY', '2027-03-27', '2027-03-28'],
    ['1 DAY', '2027-03-28', '2027-03-29'],
    ['1 DAY', '2027-10-30', '2027-10-31'],
    ['1 DAY', '2027-10-31', '2027-11-01'],
    ['1 WEEK', '2027-01-29', '2027-02-05'],
    ['2 WEEK', '2027-03-22', '2027-04-05'],
    ['1 WEEK MONDAY', '2027-03-01', '2027-03-08'],
    ['1 WEEK MONDAY,THURSDAY', '2027-03-01', '2027-03-04'],
    ['1 WEEK MONDAY,THURSDAY', '2027-03-04', '2027-03-08'],
    ['1 WEEK MONDAY,THURSDAY', '2027-03-05', '2027-03-08'],
    ['1 WEEK SUNDAY', '2027-03-01', '2027-03-07'],
    ['1 WEEK SUNDAY', '2027-03-07', '2027-03-14'],
    ['1 WEEK MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY', '2027-03-05', '2027-03-08'],
    ['2 WEEK MONDAY,THURSDAY', '2027-03-01', '2027-03-04'],
    ['2 WEEK MONDAY,THURSDAY', '2027-03-04', '2027-03-15'],
    ['2 WEEK MONDAY', '2027-03-03', '2027-03-15'],
    ['2 WEEK SUNDAY', '2027-12-26', '2028-01-09'],
    ['1 MONTH', '2027-01-15', '2027-02-15'],
    ['1 MONTH', '2027-12-15', '2028-01-15'],
    ['1 MONTH', '2027-01-31', '2027-02-28'],
    ['1 MONTH', '2028-01-31', '2028-02-29'],
    ['1 MONTH day 31', '2027-02-28', '2027-03-31'],
    ['1 MONTH day 31', '2027-03-31', '2027-04-30'],
    ['1 MONTH day 30', '2027-02-28', '2027-03-30'],
    ['1 MONTH', '2027-02-28', '2027-03-28'],
    ['3 MONTH', '2026-11-30', '2027-02-28'],
    ['12 MONTH', '2028-02-29', '2029-02-28'],
    ['1 YEAR', '2027-05-04', '2028-05-04'],
    ['1 YEAR', '2028-02-29', '2029-02-28'],
    ['1 YEAR day 29', '2029-02-28', '2030-02-28'],
    ['1 YEAR day 29', '2031-02-28', '2032-02-29'],
    ['4 YEAR', '2028-02-29', '2032-02-29'],
    ['4 YEAR', '2096-02-29', '2100-02-28'],
    ['999 YEAR', '2027-01-01', '3026-01-01'],
  ] as const)('of %s after %s is %s', async ([repeat, on, next]) => {
    expect(await nextDueOn(repeat, on)).toBe(next)
  })

  it.for([
    ['1 DAY', '2027-01-01', '2027-01-10', '2027-01-11'],
    ['3 DAY', '2027-01-01', '2027-01-10', '2027-01-13'],
    ['3 DAY', '2027-01-01', '2027-01-09', '2027-01-10'],
    ['1 WEEK', '2027-01-01', '2027-01-15', '2027-01-22'],
    ['2 WEEK', '2027-01-01', '2027-01-16', '2027-01-29'],
    ['2 WEEK MONDAY,THURSDAY', '2027-03-01', '2027-03-09', '2027-03-15'],
    ['2 WEEK MONDAY,THURSDAY', '2027-03-01', '2027-03-15', '2027-03-18'],
    ['2 WEEK MONDAY,THURSDAY', '2027-03-01', '2027-03-21', '2027-03-29'],
    ['1 MONTH', '2027-01-31', '2027-02-27', '2027-02-28'],
    ['1 MONTH', '2027-01-31', '2027-02-28', '2027-03-31'],
    ['2 MONTH', '2027-01-31', '2027-04-15', '2027-05-31'],
    ['5 MONTH', '2027-01-15', '2027-06-14', '2027-06-15'],
    ['1 YEAR', '2024-02-29', '2027-03-01', '2028-02-29'],
    ['1 YEAR', '0001-01-01', '2027-01-01', '2028-01-01'],
    ['1 DAY', '2027-06-01', '2027-01-01', '2027-06-02'],
    ['1 MONTH', '2027-06-30', '2027-01-01', '2027-07-30'],
  ] as const)('of %s from %s is after %s: %s', async ([repeat, on, passed, next]) => {
    expect(await nextDueOn(repeat, on, passed)).toBe(next)
  })
})
