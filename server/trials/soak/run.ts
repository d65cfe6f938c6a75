import { parseArgs } from 'node:util'
import { findFreePort } from '#db/embedded/free-port.ts'
import { openEmptyDatabase } from '../bench/measured/database.ts'
import { type MeasuredProduct, startMeasured } from '../bench/measured/product.ts'
import { closeAll, closeLater } from '../closing.ts'
import { kindOf } from './kinds.ts'
import { createUser, type User } from './user.ts'

/*
 * `npm run test:soak [-- --requests 1000000]` sends mixed load and compares the memory after garbage
 * collection at each quarter. Exits with 1 when an answer is wrong, or when the heap grows from the
 * second quarter to the last by more than `maxGrowthMb`. Send at least 160,000: the bounded caches of
 * documents fill up in the first 40,000.
 */

const { values: flags } = parseArgs({
  options: { requests: { type: 'string', default: '1000000' } },
})
const quarters = 4
const accounts = 40
const tasksOfAccount = 30
/** Requests at a time; each waits for its answer. */
const lanes = 40
/**
 * A leak of 5 bytes per request would add 2.5 MB to 500,000 requests. The heap of an unchanged server
 * varies by less: compiled code, feedback of functions, and the fill of bounded caches.
 */
const maxGrowthMb = 2.5

try {
  if (!(await withstandsSoak(Number(flags.requests)))) process.exitCode = 1
} finally {
  await closeAll()
}

async function withstandsSoak(requests: number): Promise<boolean> {
  const databaseUrl = await openEmptyDatabase()
  const product = await startMeasured({ databaseUrl, port: await findFreePort(), isProbed: true })
  closeLater(product.stop)
  const users: User[] = []
  for (let n = 0; n < accounts; n++) users.push(await createUser(product.url, n, tasksOfAccount))
  const heaps: number[] = []
  const faults = new Map<string, number>()
  for (let quarter = 0; quarter < quarters; quarter++) {
    const size = Math.floor(requests / quarters)
    await sendAll(users, quarter * size, size, faults)
    heaps.push(await describeMemory(product, (quarter + 1) * size))
  }
  const [, second = 0, , last = 0] = heaps
  const isFlat = last - second <= maxGrowthMb
  for (const [fault, count] of faults) console.log(`WRONG  ${fault}: ${count} times`)
  console.log(
    `${isFlat ? 'passed' : 'FAILED'}  The heap grew by ${(last - second).toFixed(2)} MB from the second quarter to the last; at most ${maxGrowthMb} MB.`,
  )
  return isFlat && faults.size === 0
}

/** Sends `count` requests from number `first` on. Adds wrong answers to `faults`. */
async function sendAll(users: User[], first: number, count: number, faults: Map<string, number>) {
  let next = first
  const lane = async () => {
    while (next < first + count) {
      const n = next++
      const fault = await findFault(users[n % users.length] as User, n)
      if (fault) faults.set(fault, (faults.get(fault) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  // The server closes idle connections while the memory is read, and a request could meet that.
  for (const { agent } of users) agent.destroy()
}

/** Undefined: the answer is right. */
async function findFault(user: User, n: number): Promise<string | undefined> {
  const { name, expected, run } = kindOf(n)
  try {
    const status = await run(user, n)
    return status === undefined || expected.includes(status) ? undefined : `${name} got ${status}`
  } catch (error) {
    return `${name} failed: ${error instanceof Error ? error.message : error}`
  }
}

/** Answers the heap with what it holds outside, in MB, after garbage collection. */
async function describeMemory(product: MeasuredProduct, requests: number): Promise<number> {
  const { heapUsed, external, rss } = await product.collectedMemory()
  const heap = toMegabytes(heapUsed + external)
  const cpuMs = await product.cpuMs()
  console.log(
    `${requests} requests: heap ${heap.toFixed(2)} MB after collection, resident ${toMegabytes(rss).toFixed(0)} MB, ${(cpuMs / 1000).toFixed(0)} s of CPU`,
  )
  return heap
}

function toMegabytes(bytes: number): number {
  return bytes / 2 ** 20
}
