import { describe, expect } from 'vitest'
import { it } from '../../testing/test.ts'
import { createHostileRequests } from './hostile-requests.ts'
import { createMeter, type Meter } from './meter.ts'

let meter: Meter
it.beforeAll(async ({ app }) => {
  meter = await createMeter(app)
})

const names = createHostileRequests().map(({ name }) => name)

describe('a potentially expensive request', () => {
  it.each(names)('costs little CPU and gets a short answer: %s', async (name) => {
    const again = () => createHostileRequests().filter((request) => request.name === name)
    const { ratio, excessBytes, status } = await meter.measure(again)
    expect(status).toBeLessThan(500)
    expect(ratio).toBeLessThan(20)
    expect(excessBytes).toBeLessThanOrEqual(10_000)
  })
})
