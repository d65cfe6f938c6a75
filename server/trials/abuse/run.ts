import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Instance, startInstance } from '../faults/instance.ts'
import { signUp } from '../faults/load.ts'
import { attacks, secondsUntilCutOff, type Target, trickles } from './attacks.ts'
import { withstandsSiege } from './siege.ts'

/*
 * `npm run test:abuse [-- seconds [siegeSeconds]]`: what abuse costs everybody else. What each attack
 * takes of the core that the server has, and the memory that the server has more of; then the siege,
 * five attackers at once. Ends with 1 when others would get slower by a third, or the server larger
 * by 50 MB, or when the siege is not withstood.
 */

const seconds = Number(process.argv[2] ?? 4)
const siegeSeconds = Number(process.argv[3] ?? 60)
/** Who has three quarters left is slower by less than a third, however busy the machine is otherwise. */
const maxCoreShare = 1 / 4
const maxMegabytes = 50

const { target, instance, dispose } = await startTarget()
let isHeld = true
try {
  for (const { name } of attacks) await warmUp(name)
  for (const { name } of attacks) isHeld = (await measure(name)) && isHeld
  for (const { name, beginning } of trickles) isHeld = (await isCutOff(name, beginning)) && isHeld
  isHeld = (await withstandsSiege(target.url, siegeSeconds)) && isHeld
} finally {
  await dispose()
}
process.exitCode = isHeld ? 0 : 1

/** What a server has once it has seen everything is not what an attack adds to it. */
async function warmUp(name: string): Promise<void> {
  const { end } = await begin(name)
  await honestMs(target, 2)
  await end()
}

/** Whether the server hangs up on who sends a byte now and then, in the time it grants. */
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
  const isHeld = share < maxCoreShare && after - before < maxMegabytes
  console.log(`${isHeld ? 'held' : 'NOT HELD'}  ${name}: ${outcome}`)
  console.log(
    `  ${(share * 100).toFixed(0)} % of a core; an honest request took ${alone.toFixed(1)} ms alone, ` +
      `${beside.toFixed(1)} ms beside it; ${before} MB before, ${after} MB at the end`,
  )
  return isHeld
}

/** What the attack alone takes of the one core that the server can use. */
async function shareOfCore(of: Instance, forSeconds: number): Promise<number> {
  const before = await cpuSeconds(of)
  await sleep(forSeconds * 1000)
  return ((await cpuSeconds(of)) - before) / forSeconds
}

/** @returns what ends the attack, and tells what came of it. */
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

/** The median of the time that one page of tasks takes, one after another, at a walking pace. */
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

/** As Linux counts it, in hundredths of a second. */
async function cpuSeconds({ pid }: Instance): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** What the process has in memory, as Linux counts it. */
async function megabytes({ pid }: Instance): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

/** The server in a process of its own, on a database of its own, with one account. */
async function startTarget() {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-abuse-'))
  const instance = await startInstance('bundle', dataDir, await freePort())
  const { token } = await signUp(instance.url, 'ada')
  const dispose = async () => {
    await instance.end('SIGTERM')
    await rm(dataDir, { recursive: true })
  }
  return { target: { url: instance.url, token }, instance, dispose }
}
