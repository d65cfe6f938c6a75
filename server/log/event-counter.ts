import { type AuditEvent, type AuditFields, recordEvent } from './audit.ts'
import type { Logger } from './log.ts'

const periodMs = 60_000
const maxAddresses = 1_000

export type EventCounter = ReturnType<typeof createEventCounter>

/**
 * For events that a client can cause in any number. Logs the first event of an address immediately,
 * and the rest of the minute as one line with their count.
 */
export function createEventCounter(log: Logger, ms = periodMs) {
  const counted = new Map<string, { event: AuditEvent; fields: AuditFields; count: number }>()

  function flush(): void {
    for (const { event, fields, count } of counted.values()) {
      if (count > 0) recordEvent(log, event, { ...fields, requestId: undefined, count })
    }
    counted.clear()
  }

  const period = setInterval(flush, ms).unref()
  return {
    count(event: AuditEvent, fields: AuditFields): void {
      const isFull = counted.size >= maxAddresses
      const { address, code } = fields
      const known = counted.get(`${event} ${code} ${address}`)
      if (known) known.count++
      else if (!isFull) {
        recordEvent(log, event, fields)
        counted.set(`${event} ${code} ${address}`, { event, fields, count: 0 })
      } else {
        const others = counted.get(event) ?? { event, fields: { address: 'others' }, count: 0 }
        others.count++
        counted.set(event, others)
      }
    },
    close(): void {
      clearInterval(period)
      flush()
    },
  }
}
