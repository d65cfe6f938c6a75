import { setTimeout as sleep } from 'node:timers/promises'

type Interval = { everyMs: number; maxMs: number }

/**
 * Calls `check` until it returns a truthy value, and returns that value. Undefined: `maxMs` have
 * passed. For states outside this process that send no event.
 */
export async function poll<T>(
  check: () => Promise<T | false | undefined>,
  { everyMs, maxMs }: Interval,
): Promise<T | undefined> {
  for (const giveUpAt = performance.now() + maxMs; ; await sleep(everyMs)) {
    const found = await check()
    if (found) return found
    if (performance.now() > giveUpAt) return undefined
  }
}
