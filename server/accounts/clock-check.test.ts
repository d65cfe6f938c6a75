import { describe, expect, it } from 'vitest'
import { databaseForFile } from '#db/testing/database.ts'
import { recordLog } from '../testing/log.ts'
import { checkClock } from './clock-check.ts'

const { pool } = await databaseForFile()

describe('the clock of an instance', () => {
  it.each([
    [90, 'The clock is 90 seconds ahead of that of the database.'],
    [-30, 'The clock is 30 seconds behind that of the database.'],
  ])('is logged when it differs by %i seconds', async (seconds, message) => {
    const [line] = await check(seconds)
    expect(line).toMatchObject({ level: 40, msg: expect.stringContaining(message) })
    expect(line?.skewSeconds).toBe(seconds)
  })

  it('is not logged when it agrees', async () => {
    expect(await check(0)).toEqual([])
  })
})

/** With a clock that differs from the database's by so many seconds. */
async function check(seconds: number) {
  const { log, lines } = recordLog()
  const { rows } = await pool.query('select extract(epoch from now())::float8 as now')
  const drift = performance.now()
  const now = () => (rows[0].now + seconds) * 1_000 + performance.now() - drift
  await checkClock({ pool, log, now })
  return lines()
}
