import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createFairQueue, type FairQueue } from '#db/fair-queue.ts'

const defaults = {
  /** Requests that are worked on at the same time, in equal shares for those who send some. */
  shared: 8,
  /** Requests that are worked on at the same time when there are more addresses than shares. */
  maxRunning: 64,
  /** Requests with one credential that wait; one more is refused. */
  maxWaitingPerCredential: 500,
  /** Requests of one address that wait; one more is refused. */
  maxWaitingPerAddress: 2_000,
}

/**
 * Milliseconds. A request that takes longer waits for something else than the event loop, such as
 * the database or the end of a stream, and leaves its place to the next.
 */
const maxTurnMs = 50

/** Where a request comes from, and the credential it was sent with, good or bad; may be empty. */
export type Sender = { address: string; credential: string }

/**
 * Runs `handle`, which must not reject, when it is the sender's turn.
 * @throws QueueFull when too many of its requests wait already; `handle` is not run then.
 */
export type TakeTurn = (
  sender: Sender,
  response: ServerResponse,
  handle: () => Promise<void>,
) => Promise<void>

/**
 * Shares the event loop between addresses, and that of an address between credentials. Of a sender
 * of hundreds of requests at once most wait, and a request of another does not wait behind them.
 */
export function createTurns(bounds: Partial<typeof defaults> = {}): TakeTurn {
  const { shared, ...limits } = { ...defaults, ...bounds }
  const shareOf = (senders: number) => Math.max(1, Math.floor(shared / senders))
  const addresses = createFairQueue({
    maxRunning: limits.maxRunning,
    maxRunningPerKey: shareOf,
    maxWaitingPerKey: shared, // the others of the address wait in its own queue
    maxWaiting: Number.POSITIVE_INFINITY,
  })
  const credentials = new Map<string, FairQueue>() // by address
  const createQueue = () =>
    createFairQueue({
      maxRunning: shared,
      maxRunningPerKey: shareOf,
      maxWaitingPerKey: limits.maxWaitingPerCredential,
      maxWaiting: limits.maxWaitingPerAddress,
    })

  return async ({ address, credential }, response, handle) => {
    const queue = credentials.get(address) ?? createQueue()
    credentials.set(address, queue)
    try {
      await queue.run(credential, () => addresses.run(address, () => work(response, handle)))
    } finally {
      if (queue.size === 0) credentials.delete(address)
    }
  }
}

async function work(response: ServerResponse, handle: () => Promise<void>): Promise<void> {
  if (response.destroyed || response.writableEnded) return
  const over = untilOver(response)
  handle()
  await over
  await nextTurn() // else all that wait would be worked on before a new request is read
}

/** Resolves when the response is sent or the client is gone, or after the longest turn. */
function untilOver(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, maxTurnMs)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
