import { describe, expect, it } from 'vitest'
import { killPostgres, killTaskward, stopTaskward } from './faults.ts'

/* The short version of `npm run test:faults`, from the sources. */

const asItShouldBe = { lost: 0, doubled: 0, halves: 0, unclean: 0, reset: 0, badExits: 0 }

describe.each([
  ['kill -9 of Taskward', killTaskward],
  ['kill -9 of PostgreSQL', killPostgres],
  ['SIGTERM of Taskward', stopTaskward],
])('%s, under load', (_fault, play) => {
  it('loses nothing, halves nothing, answers cleanly, and ends or returns soon', async () => {
    const report = await play('sources', 1)
    expect(report).toMatchObject(asItShouldBe)
    expect(report.acknowledged).toBeGreaterThan(10)
    expect(report.slowestSeconds).toBeLessThan(10)
  }, 90_000)
})
