import { expect, it } from 'vitest'
import { runTrial } from './trial.ts'

/* The short version of `npm run test:sync`, from the sources. */

it('copies by the feed and by streams are equal to the table, whatever is killed', async () => {
  const report = await runTrial('sources', {
    changes: 600,
    owners: 2,
    writers: 4,
    followers: 8,
    kills: 1,
    restarts: 1,
    cuts: 2,
  })
  expect(report).toMatchObject({ gaps: 0, repetitions: 0, wrong: 0, late: 0, refusals: [] })
  expect(report.changes).toBeGreaterThanOrEqual(600)
}, 180_000)
