import { parseArgs } from 'node:util'
import { findFreePort } from '#db/embedded/free-port.ts'
import { closeAll, closeLater } from '../../closing.ts'
import { describeMachine } from '../latency/report.ts'
import { openEmptyDatabase } from '../measured/database.ts'
import { type MeasuredProduct, startMeasured } from '../measured/product.ts'
import { createAccount, openStreams, type Reader } from './streams.ts'

/*
 * `npm run bench:streams [-- --accounts 100]`: memory of 20 open streams for each account, and CPU of an
 * event; see README.md.
 */

const { values: flags } = parseArgs({ options: { accounts: { type: 'string', default: '100' } } })
const streamsOfAccount = 20
const maxKilobytes = 20
const warmUpEvents = 100
const measuredEvents = 100

try {
  console.log(describeMachine())
  if (!(await isWithinLimit(Number(flags.accounts)))) process.exitCode = 1
} finally {
  await closeAll()
}

async function isWithinLimit(accounts: number): Promise<boolean> {
  const databaseUrl = await openEmptyDatabase()
  const product = await startMeasured({ databaseUrl, port: await findFreePort(), isProbed: true })
  closeLater(product.stop)
  const people = []
  for (let n = 0; n < accounts; n++) people.push(await createAccount(product.url, n))
  const [warmUp, ...others] = people
  if (!warmUp) return true
  const first = await openStreams(warmUp, streamsOfAccount) // what the first streams load is not theirs
  for (let n = 0; n < warmUpEvents; n++) await first.change()
  const before = await product.collectedMemory()
  const readers: Reader[] = []
  for (const account of others) readers.push(await openStreams(account, streamsOfAccount))
  const after = await product.collectedMemory()
  const count = others.length * streamsOfAccount
  const kilobytes = (key: 'heapUsed' | 'external' | 'rss') =>
    (after[key] - before[key]) / count / 1e3
  const held = kilobytes('heapUsed') + kilobytes('external')
  console.log(
    `${count} streams: ${held.toFixed(1)} kB each (heap ${kilobytes('heapUsed').toFixed(1)}, external ${kilobytes('external').toFixed(1)}); resident ${kilobytes('rss').toFixed(1)} kB each; at most ${maxKilobytes}`,
  )
  await describeEvents(product, readers)
  for (const reader of [first, ...readers]) reader.close()
  return held <= maxKilobytes
}

/** One execution and one read serve all streams of the account. */
async function describeEvents({ cpuMs }: MeasuredProduct, readers: Reader[]): Promise<void> {
  const since = await cpuMs()
  for (const reader of readers.slice(0, measuredEvents)) await reader.change()
  const us = ((await cpuMs()) - since) * 1_000
  const events = Math.min(measuredEvents, readers.length)
  console.log(
    `A change that ${streamsOfAccount} streams receive costs ${(us / events).toFixed(0)} us of CPU, with its mutation.`,
  )
}
