import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '#db/embedded/free-port.ts'
import { type Instance, startInstance } from '../faults/instance.ts'
import { signUp } from '../faults/load.ts'
import { attacks, secondsUntilCutOff, type Target, trickles } from './attacks.ts'
import { withstandsSiege } from './siege.ts'

/*
 * `npm run test:abuse [-- seconds [siegeSeconds]]` measures what attacks cost other users: for each
 * attack the share of the server's core and the growth of its memory; then the siege, five concurrent
 * attackers. Exits with 1 if an attack slows other users by a third or adds 50 MB, or if the siege
 * fails.
 */

const seconds = Number(process.argv[2] ?? 4)
const siegeSeconds = Number(process.argv[3] ?? 60)
/** With three quarters of the core left, other users are slower by at most a third. */
const maxCoreShare = 1 / 4
const maxMegabytes = 50

const { target, instance, dispose } = await startTarget()
let isPassed = true
try {
  for (const { name } of attacks) await warmUp(name)
  for (const { name } of attacks) isPassed = (await measure(name)) && isPassed
  for (const { name, beginning } of trickles)
    isPassed = (await isCutOff(name, beginning)) && isPassed
  isPassed = (await withstandsSiege(target.url, siegeSeconds)) && isPassed
} finally {
  await dispose()
}
process.exitCode = isPassed ? 0 : 1

/** Runs each attack once, so that later growth of memory comes from the attack alone. */
async function warmUp(name: string): Promise<void> {
  const { end } = await begin(name)
  await honestMs(target, 2)
  await end()
}

/** Whether the server closes a slow connection within its time limit. */
async function isCutOff(name: string, beginning: string): Promise<boolean> {
  const seconds = await secondsUntilCutOff(target, beginning)
  console.log(`${name}: cut off after ${seconds.toFixed(1)} s`)
  return seconds < 18
}

async function measure(name: string): Promise<boolean> {
  const before = await megabytes(instance)
  const alone = await honestMs(target, seconds)
  const { end } = await begin(name)
  const beside = await honestMs(target, seconds)
  const share = await shareOfCore(instance, seconds)
  const after = await megabytes(instance)
  const outcome = await end()
  const isPassed = share < maxCoreShare && after - before < maxMegabytes
  console.log(`${isPassed ? 'passed' : 'FAILED'}  ${name}: ${outcome}`)
  console.log(
    `  ${(share * 100).toFixed(0)} % of a core; an honest request took ${alone.toFixed(1)} ms alone, ` +
      `${beside.toFixed(1)} ms during the attack; ${before} MB before, ${after} MB after`,
  )
  return isPassed
}

/** The share of one core that the attack alone uses. */
async function shareOfCore(of: Instance, forSeconds: number): Promise<number> {
  const before = await cpuSeconds(of)
  await sleep(forSeconds * 1000)
  return ((await cpuSeconds(of)) - before) / forSeconds
}

/** Starts an attack. `end` stops it and answers its summary. */
async function begin(name: string): Promise<{ end: () => Promise<string> }> {
  const attacker = fork(
    join(import.meta.dirname, 'attacker.ts'),
    [name, target.url, target.token],
    {
      execArgv: ['--import', 'tsx'],
    },
  )
  await once(attacker, 'message')
  return {
    async end() {
      attacker.send('end')
      const [outcome] = await once(attacker, 'message')
      return outcome
    },
  }
}

/** Median time of one page of tasks in ms; one request at a time, 5 ms apart. */
async function honestMs({ url, token }: Target, forSeconds: number): Promise<number> {
  const ms: number[] = []
  const end = performance.now() + forSeconds * 1000
  while (performance.now() < end) {
    const start = performance.now()
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ tasks { nodes { id title } pageInfo { hasNextPage } } }' }),
    })
    await response.text()
    if (response.status !== 200) throw new Error(`An honest request got ${response.status}.`)
    ms.push(performance.now() - start)
    await sleep(5)
  }
  return median(ms)
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** From /proc, with a resolution of 0.01 s. */
async function cpuSeconds({ pid }: Instance): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** Resident memory of the process, from /proc. */
async function megabytes({ pid }: Instance): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

/** Starts the server in a separate process, with its own database and one account. */
async function startTarget() {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-abuse-'))
  const instance = await startInstance('bundle', dataDir, await findFreePort())
  const { token } = await signUp(instance.url, 'ada')
  const dispose = async () => {
    await instance.end('SIGTERM')
    await rm(dataDir, { recursive: true })
  }
  return { target: { url: instance.url, token }, instance, dispose }
}
