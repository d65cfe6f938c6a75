import type { ServerResponse } from 'node:http'
import { createFairQueue, type FairQueue } from '#db/fair-queue.ts'

const defaults = {
  /** Requests that run concurrently, in equal shares for the current senders. */
  shared: 8,
  /** Requests that run concurrently when there are more addresses than shares. */
  maxRunning: 64,
  /** Waiting requests with one credential. One more is refused. */
  maxWaitingPerCredential: 500,
  /** Waiting requests of one address. One more is refused. */
  maxWaitingPerAddress: 2_000,
}

/**
 * A request that takes longer waits for something other than the event loop, such as the database
 * or the end of a stream. The next request may then run beside it.
 */
const maxTurnMs = 50

/**
 * The client address of a request and its credential, which is not verified yet. Both may be empty.
 */
export type Sender = { address: string; credential: string }

/**
 * Runs `handle` when it is the sender's turn. `handle` must not reject.
 * @throws QueueFull, without running `handle`, when too many requests of the sender wait already.
 */
export type TakeTurn = (
  sender: Sender,
  response: ServerResponse,
  handle: () => Promise<void>,
) => Promise<void>

/**
 * Shares the event loop between addresses, and the share of an address between its credentials. If
 * one sender sends hundreds of requests concurrently, most of them wait, and requests of other
 * senders do not wait behind them.
 */
export function createTurns(bounds: Partial<typeof defaults> = {}): TakeTurn {
  const { shared, ...limits } = { ...defaults, ...bounds }
  const shareOf = (senders: number) => Math.max(1, Math.floor(shared / senders))
  const addresses = createFairQueue({
    maxRunning: limits.maxRunning,
    maxRunningPerKey: shareOf,
    maxWaitingPerKey: shared, // further requests of the address wait in its own queue
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
    const own = queue.acquire(credential)
    const freeOwn = own instanceof Promise ? await own : own
    const shared = addresses.acquire(address) // never full: the own queue lets only its share in
    const freeShared = shared instanceof Promise ? await shared : shared
    return work(response, handle, () => {
      freeShared()
      freeOwn()
      if (queue.size === 0) credentials.delete(address)
    })
  }
}

/** Runs `handle`, and `free` when its turn has ended. */
function work(
  response: ServerResponse,
  handle: () => Promise<void>,
  free: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    let isOver = false
    const end = () => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      free()
      resolve()
    }
    const timer = setTimeout(end, maxTurnMs)
    if (response.destroyed || response.writableEnded) return end()
    // Not now: else all waiting requests would run before a new one is read.
    response.once('close', () => setImmediate(end))
    handle()
  })
}
