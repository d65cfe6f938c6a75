import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect } from 'vitest'
import { readRuns, testSeed as seed } from '#db/testing/random.ts'
import { it } from '../../testing/test.ts'
import { hostileRequests } from './hostile-arbitraries.ts'
import { createMeter } from './meter.ts'

/*
 * Requests that are large in any dimension must cost little. TEST_SEED repeats a failed run,
 * HOSTILE_RUNS changes its length.
 */

const numRuns = readRuns('HOSTILE_RUNS', { local: 40, ci: 300 })
const maxGrowth = 50_000_000

const title = `serves ${numRuns} hostile requests with little CPU, little memory and short answers (TEST_SEED=${seed})`

it(title, { timeout: 600_000 }, async ({ app }) => {
  const meter = await createMeter(app)
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
})

/** Heap and external memory after a garbage collection. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
