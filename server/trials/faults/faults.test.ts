import { describe, it } from 'vitest'
import { killPostgres, killTaskward, stopTaskward } from './faults.ts'

/* The short version of `npm run test:faults`, from the sources. */

const asItShouldBe = { lost: 0, doubled: 0, halves: 0, unclean: 0, reset: 0, badExits: 0 }

describe.concurrent.each([
  ['kill -9 of Taskward', killTaskward],
  ['kill -9 of PostgreSQL', killPostgres],
  ['SIGTERM of Taskward', stopTaskward],
])('%s, under load', (_fault, play) => {
  it('loses no change, writes no partial change, answers cleanly, and recovers quickly', async ({
    expect,
  }) => {
    const report = await play('sources', 1)
    expect(report).toMatchObject(asItShouldBe)
    expect(report.acknowledged).toBeGreaterThan(10)
    // The script requires 10 seconds; here the whole suite runs concurrently.
    expect(report.slowestSeconds).toBeLessThan(60)
  }, 180_000)
})
