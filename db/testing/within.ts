import { setTimeout as sleep } from 'node:timers/promises'

/** The outcome of the promise. @throws Error when it is not settled within `ms`. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return Promise.race([promise, rejectAfter(ms)])
}

async function rejectAfter(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false })
  throw new Error(`Nothing happened within ${ms} ms.`)
}
