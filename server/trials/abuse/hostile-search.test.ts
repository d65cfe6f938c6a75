import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testSeed as seed } from '#db/testing/random.ts'
import { type App, startApp } from '../../testing/app.ts'
import { hostileRequests } from './hostile-arbitraries.ts'
import { createMeter, type Meter } from './meter.ts'

/*
 * Requests that are large in any dimension must cost little. TEST_SEED repeats a failed run,
 * HOSTILE_RUNS makes it longer.
 */

const numRuns = Number(process.env.HOSTILE_RUNS ?? 100)
const maxGrowth = 50_000_000

let app: App
let meter: Meter
beforeAll(async () => {
  app = await startApp()
  meter = await createMeter(app)
})
afterAll(() => app.close())

it(`serves ${numRuns} hostile requests with little CPU, little memory and short answers (TEST_SEED=${seed})`, async () => {
  const before = bytesInUse()
  await fc.assert(
    fc.asyncProperty(hostileRequests, async (create) => {
      const { ratio, excessBytes, status } = await meter.measure(() => [create()])
      const { name, path, body = '' } = create()
      const sent = `${name} ${path.slice(0, 100)} ${body.slice(0, 300)} (${body.length} bytes)`
      expect(status, sent).toBeLessThan(500)
      expect(ratio, sent).toBeLessThan(20)
      expect(excessBytes, sent).toBeLessThanOrEqual(10_000)
    }),
    { seed, numRuns, endOnFailure: true },
  )
  // Buffers of the connections are freed with a delay.
  await expect.poll(() => bytesInUse() - before).toBeLessThan(maxGrowth)
}, 600_000)

/** Heap and external memory after a garbage collection. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
