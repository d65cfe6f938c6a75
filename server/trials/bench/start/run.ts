import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findFreePort } from '#db/embedded/free-port.ts'
import { closeAll } from '../../closing.ts'
import { describeMachine } from '../latency/report.ts'
import { openEmptyDatabase } from '../measured/database.ts'
import { type MeasuredProduct, startMeasured } from '../measured/product.ts'
import { createMix, type Mix } from './mix.ts'

/*
 * `npm run bench:start`: time until ready, idle memory, and CPU per request from the first request on;
 * see README.md.
 */

const { values: flags } = parseArgs({
  options: {
    starts: { type: 'string', default: '5' },
    'idle-seconds': { type: 'string', default: '60' },
    requests: { type: 'string', default: '16000' },
  },
})
/** Requests of one bucket. */
const bucket = 1_000
/** The last buckets are the warm server. */
const warmBuckets = 4

try {
  console.log(describeMachine())
  await run(Number(flags.starts), Number(flags['idle-seconds']), Number(flags.requests) / bucket)
} finally {
  await closeAll()
}

async function run(starts: number, idleSeconds: number, buckets: number): Promise<void> {
  const options = { databaseUrl: await openEmptyDatabase(), port: await findFreePort() }
  const mix = await prepare(options)
  const titles = [
    'start',
    'ready ms',
    'MB at ready',
    `MB after ${idleSeconds} s`,
    'warm us',
    'ratios',
  ]
  console.log(`| ${titles.join(' | ')} |\n|---|---:|---:|---:|---:|---|`)
  for (let n = 1; n <= starts; n++) {
    const product = await startMeasured(options)
    const readyMb = toMegabytes(await product.residentBytes())
    await sleep(idleSeconds * 1_000)
    const idleMb = toMegabytes(await product.residentBytes())
    const cost = await measureBuckets(product, mix, buckets)
    const warm = median(cost.slice(-warmBuckets))
    const ratios = cost.map((ms) => (ms / warm).toFixed(2))
    await product.stop()
    console.log(
      `| ${n} | ${product.readyMs.toFixed(0)} | ${readyMb} | ${idleMb} | ${(warm * 1_000).toFixed(0)} | ${ratios.join(' ')} |`,
    )
  }
}

/** Runs the migrations, and creates accounts and tasks that every start finds. */
async function prepare(options: { databaseUrl: string; port: number }): Promise<Mix> {
  const product = await startMeasured(options)
  const mix = await createMix(product.url)
  await product.stop()
  return mix
}

/** Milliseconds of CPU per request of each bucket. */
async function measureBuckets({ cpuMs }: MeasuredProduct, mix: Mix, buckets: number) {
  const cost: number[] = []
  for (let n = 0; n < buckets; n++) {
    const before = await cpuMs()
    await mix.send(bucket)
    cost.push(((await cpuMs()) - before) / bucket)
  }
  return cost
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
