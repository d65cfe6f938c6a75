import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeLater } from '../closing.ts'
import { startDatabase } from '../database.ts'
import { type Pair, signOutRounds, spreadChange } from './rounds.ts'

/*
 * `npm run test:instances [rounds] [streams]`: how soon one instance learns of events on another. Runs
 * the built application in two processes. Exits with 1 if it takes more than a second or events are
 * wrong.
 */

const [rounds = 50, streams = 500] = process.argv.slice(2).map(Number)
const main = join(import.meta.dirname, '../../../dist/server/main.js')
const log = { info() {}, warn: console.warn, error: console.error }

const dataDir = await mkdtemp(join(tmpdir(), 'taskward-instances-'))
const { url: databaseUrl, stop } = await startDatabase({ dataDir, log })
const ends: (() => Promise<unknown>)[] = []
try {
  const pair = { one: await start(47_611), other: await start(47_612), origin: urlAt(47_611) }
  const { refused, ended, reasons } = await signOutRounds(pair, rounds)
  const { received, strays, ms } = await spreadChange(pair, streams)
  report(pair, { refused, ended, received, strays, ms })
  const isSlow = Math.max(...refused, ...ended, ms) > 1_000
  const isRight = received === streams && strays === 0 && [...reasons].join() === 'SESSION_ENDED'
  if (isSlow || !isRight) process.exitCode = 1
} finally {
  for (const end of ends) await end()
  await stop()
  await rm(dataDir, { recursive: true })
}

function urlAt(port: number): string {
  return `http://localhost:${port}`
}

async function start(port: number): Promise<string> {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      BETTER_AUTH_SECRET: 'secret of these two test instances',
      BETTER_AUTH_URL: urlAt(47_611),
      TASKWARD_DATA_DIR: dataDir,
      GRAPHQL_POINTS_PER_MINUTE: '1000000', // enough for accounts that write as fast as they can
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const end = () => {
    child.kill('SIGTERM')
    return exited
  }
  ends.push(end)
  closeLater(end)
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (text) => {
      if (String(text).includes('is ready')) resolve()
    })
  })
  const failed = exited.then(() => {
    throw new Error('An instance did not start.')
  })
  await Promise.race([ready, failed])
  return urlAt(port)
}

type Figures = { refused: number[]; ended: number[]; received: number; strays: number; ms: number }

function report(pair: Pair, { refused, ended, received, strays, ms }: Figures) {
  const table = {
    'token refused by the other': summary(refused),
    'stream on the other ended': summary(ended),
  }
  console.log(`${rounds} sign-outs on ${pair.one}, in milliseconds on ${pair.other}:`)
  console.table(table)
  console.log(
    `Changes on ${pair.one} reached ${received} of ${streams} streams of their owners on ` +
      `${pair.other} within ${Math.round(ms)} ms, and ${strays} events reached streams of other users.`,
  )
}

function summary(times: number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  return { median: at(0.5), slowest: at(1) }
}
