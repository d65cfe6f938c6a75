import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createEventCounter } from './event-counter.ts'
import { createLog } from './log.ts'

describe('an event counter', () => {
  it('counts 1,000 addresses separately and all others together', () => {
    const { log, events } = record()
    const eventCounter = createEventCounter(log)
    for (let n = 0; n < 5_000; n++) eventCounter.count('token_refused', { address: `10.0.0.${n}` })
    expect(events).toHaveLength(1_000)
    eventCounter.close()
    expect(events.slice(1_000)).toEqual([
      expect.objectContaining({ event: 'token_refused', address: 'others', count: 4_000 }),
    ])
  })

  it('logs the count after each period and starts again', async () => {
    const { log, events } = record()
    const eventCounter = createEventCounter(log, 50)
    onTestFinished(eventCounter.close)
    for (let n = 0; n < 3; n++) eventCounter.count('token_refused', { address: '::1' })
    await vi.waitUntil(() => events.length === 2)
    eventCounter.count('token_refused', { address: '::1' })
    expect(events.map(({ count }) => count)).toEqual([undefined, 2, undefined])
  })
})

type Line = { event: string; count?: number }

function record() {
  const events: Line[] = []
  const destination = { write: (line: string) => void events.push(JSON.parse(line)) }
  const log = createLog({ isProduction: true, logLevel: 'info' }, destination)
  return { log, events }
}
