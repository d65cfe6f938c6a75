import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findFreePort } from '#db/embedded/free-port.ts'
import { startDatabase } from '../database.ts'
import { type Instance, startInstance } from '../faults/instance.ts'
import { signUp } from '../faults/load.ts'
import { type Load, sendLoad } from './load.ts'
import { startNginx } from './nginx.ts'
import { type Follower, follow, listKnown, listNewest, listReasons } from './stream.ts'

/*
 * `npm run test:rolling [-- --requests 5000 --processes 1 --rounds 1]`: stops two instances behind
 * nginx with SIGTERM and starts them, one after the other, while clients send requests and a stream is
 * open. Exits with 1 if a request is lost or the stream has missed a change.
 */

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '5000' },
    processes: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '16' },
  },
})
const requests = Number(values.requests)
const rounds = Number(values.rounds)
const lanes = Number(values.lanes)

const dataDir = await mkdtemp(join(tmpdir(), 'taskward-rolling-'))
const log = { info() {}, warn: console.warn, error: console.error }
const database = await startDatabase({ dataDir, log })
const port = await findFreePort()
const ports = [await findFreePort(), await findFreePort()]
const instances: Instance[] = []
for (const port of ports) instances.push(await start(port))
const nginx = await startNginx(port, ports)
try {
  const client = await signUp(nginx.url, 'ada')
  const follower = follow(client)
  while (follower.streams.length === 0) await sleep(10)
  let isRolled = false
  const rolling = restartAll().then(() => {
    isRolled = true
  })
  const load = await sendLoad(client, lanes, ({ sent }) => isRolled && sent >= requests)
  await rolling
  const tasks = await listNewest(client)
  const missed = await countMissed(load, follower)
  follower.leave()
  report(load, follower, missed, tasks)
} finally {
  await nginx.stop()
  for (const instance of instances) await instance.end('SIGTERM')
  await database.stop()
  await rm(dataDir, { recursive: true })
}

function start(instancePort: number): Promise<Instance> {
  return startInstance('bundle', dataDir, instancePort, {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    BETTER_AUTH_SECRET: 'the secret of two instances behind nginx',
    BETTER_AUTH_URL: `http://127.0.0.1:${port}`,
    TRUSTED_PROXIES: '127.0.0.1',
    PROCESSES: values.processes,
    GRAPHQL_POINTS_PER_MINUTE: '0',
  })
}

async function restartAll(): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const [n, instancePort] of ports.entries()) {
      const code = await instances[n]?.end('SIGTERM')
      if (code !== 0) throw new Error(`An instance exited with ${code}.`)
      instances[n] = await start(instancePort)
    }
  }
}

/** The number of created tasks that the follower does not know, after ten seconds at most. */
async function countMissed({ created }: Load, follower: Follower): Promise<number> {
  const endAt = performance.now() + 10_000
  for (;;) {
    const known = listKnown(follower)
    const missed = [...created].filter((id) => !known.has(id)).length
    if (missed === 0 || performance.now() > endAt) return missed
    await sleep(50)
  }
}

function report(load: Load, follower: Follower, missed: number, tasks: string[]): void {
  const { streams, faults } = follower
  const events = streams.reduce((sum, { events }) => sum + events.length, 0)
  console.log(
    `${load.sent} requests on ${lanes} connections, while each of two instances with ` +
      `PROCESSES=${values.processes} was restarted (${rounds} times): ${load.lost.length} lost. ` +
      `${load.created.size} new tasks were confirmed, ${tasks.length} exist.\n` +
      `Stream: opened ${streams.length} times, ended by ${listReasons(follower).join(', ')}; ` +
      `${events} events, ${faults.length} faults, ${missed} tasks missed.`,
  )
  const isWhole = tasks.length === load.created.size && missed === 0
  const all = [...load.lost, ...faults]
  for (const fault of all.slice(0, 10)) console.error(fault)
  if (all.length > 0) console.error(nginx.faults().join('\n'))
  if (all.length > 0 || !isWhole) process.exitCode = 1
}
