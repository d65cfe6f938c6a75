import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createFairQueue } from '#db/fair-queue.ts'

const defaults = {
  /** Requests of one address that are worked on at the same time. */
  maxRunningPerKey: 4,
  /** Requests of all addresses that are worked on at the same time. */
  maxRunning: 64,
  /** Requests of one address that wait; one more is refused. */
  maxWaitingPerKey: 500,
  /** Requests of all addresses that wait; one more is refused. */
  maxWaiting: 5_000,
}

/**
 * Milliseconds. A request that takes longer waits for something else than the event loop, such as
 * the database or the end of a stream, and leaves its place to the next.
 */
const maxTurnMillis = 50

/**
 * Runs `handle`, which must not reject, when it is the turn of the address.
 * @throws QueueFull when too many requests wait already; `handle` is not run then.
 */
export type TakeTurn = (
  address: string,
  response: ServerResponse,
  handle: () => Promise<void>,
) => Promise<void>

/**
 * Shares the event loop between addresses. Of an address that sends hundreds of requests at once
 * most wait, and a request from another address does not wait behind them.
 */
export function createTurns(bounds: Partial<typeof defaults> = {}): TakeTurn {
  const queue = createFairQueue({ ...defaults, ...bounds })
  return (address, response, handle) =>
    queue.run(address, async () => {
      if (response.destroyed || response.writableEnded) return
      const over = untilOver(response)
      handle()
      await over
      await nextTurn() // else all that wait would be worked on before a new request is read
    })
}

/** Resolves when the response is sent or the client is gone, or after the longest turn. */
function untilOver(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, maxTurnMillis)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
