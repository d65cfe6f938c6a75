import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterAt, readPostmaster } from '#db/embedded/cluster.ts'
import { findFreePort } from '#db/embedded/free-port.ts'
import { stopServer } from '#db/embedded/server.ts'
import { examine, type Findings } from './findings.ts'
import { type Instance, type Program, startInstance } from './instance.ts'
import { type Attempt, askGraphql, signUp, startWriting, type Writer } from './load.ts'

/** The results of all rounds of one fault. */
export type Report = Findings & {
  fault: string
  rounds: number
  acknowledged: number
  /** Answers that were neither a success nor a clean 503. */
  unclean: number
  /** Requests without an answer while the server was listening. */
  reset: number
  refused503: number
  /** Longest time from the fault until a request was served again; for a stop, until the exit. */
  slowestSeconds: number
  /** Exits with a code other than the required 0. */
  badExits: number
}

type Round = { seconds: number; badExits?: number }

/** What the rounds of a fault share. */
type Scene = {
  attempts: Attempt[]
  writers: Writer[]
  dataDir: string
  /** Starts Taskward unless it is running. */
  run: () => Promise<void>
  end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** Kills Taskward under writes. PostgreSQL keeps running, and the next start uses it. */
export function killTaskward(program: Program, rounds: number): Promise<Report> {
  return repeat('kill -9 of Taskward', program, rounds, async (scene) => {
    const writing = startWriting(scene.writers)
    await writing.untilSettled()
    await scene.end('SIGKILL')
    const since = performance.now()
    await writing.stop()
    // Unanswered requests of a killed process are retried, so they are no faults.
    for (const attempt of writing.attempts) attempt.outcomes = attempt.outcomes.filter(isNumber)
    scene.attempts.push(...writing.attempts)
    await scene.run()
    await untilServed(scene.writers)
    return { seconds: secondsSince(since) }
  })
}

/** Kills PostgreSQL under writes. Taskward restarts it. */
export function killPostgres(program: Program, rounds: number): Promise<Report> {
  return repeat('kill -9 of PostgreSQL', program, rounds, async (scene) => {
    const writing = startWriting(scene.writers, 5)
    await writing.untilSettled()
    const postmaster = await readPostmaster(clusterAt(join(scene.dataDir, 'postgres')))
    if (postmaster) process.kill(postmaster.pid, 'SIGKILL')
    const since = performance.now()
    await sleep(50)
    await untilServed(scene.writers)
    const seconds = secondsSince(since)
    await sleep(300)
    await writing.stop()
    scene.attempts.push(...writing.attempts)
    return { seconds }
  })
}

/** Sends SIGTERM to Taskward while clients send requests. */
export function stopTaskward(program: Program, rounds: number): Promise<Report> {
  return repeat('SIGTERM of Taskward', program, rounds, async (scene) => {
    const writing = startWriting(scene.writers)
    await writing.untilSettled()
    const since = performance.now()
    const code = await scene.end('SIGTERM')
    const seconds = secondsSince(since)
    await writing.stop()
    scene.attempts.push(...writing.attempts)
    await scene.run()
    return { seconds, badExits: code === 0 ? 0 : 1 }
  })
}

async function repeat(
  fault: string,
  program: Program,
  rounds: number,
  play: (scene: Scene) => Promise<Round>,
): Promise<Report> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-faults-'))
  const { url, run, end } = await startAt(program, dataDir)
  try {
    const names = ['Ada', 'Bob', 'Cleo']
    const writers = await Promise.all(names.map((name) => signUp(url, name)))
    const scene: Scene = { attempts: [], writers, dataDir, run, end }
    const played: Round[] = []
    for (let n = 0; n < rounds; n++) played.push(await play(scene))
    return { fault, rounds, ...summarize(played), ...(await judge(scene)) }
  } finally {
    await end('SIGTERM')
    await stopServer(clusterAt(join(dataDir, 'postgres')))
    await rm(dataDir, { recursive: true })
  }
}

async function startAt(program: Program, dataDir: string) {
  const port = await findFreePort()
  const start = () =>
    startInstance(program, dataDir, port, { GRAPHQL_POINTS_PER_MINUTE: '1000000' })
  let instance: Instance | undefined = await start()
  return {
    url: instance.url,
    async run() {
      instance ??= await start()
    },
    async end(signal: NodeJS.Signals) {
      const code = await instance?.end(signal)
      instance = undefined
      return code ?? null
    },
  }
}

function summarize(played: Round[]) {
  const slowest = Math.max(...played.map(({ seconds }) => seconds))
  const badExits = played.reduce((sum, round) => sum + (round.badExits ?? 0), 0)
  return { slowestSeconds: Math.round(slowest * 10) / 10, badExits }
}

async function judge({ attempts, dataDir }: Scene) {
  const outcomes = attempts.flatMap((attempt) => attempt.outcomes)
  const counts = {
    acknowledged: attempts.filter(({ id }) => id !== undefined).length,
    unclean: attempts.filter(({ unclean }) => unclean !== undefined).length,
    reset: outcomes.filter((outcome) => !isNumber(outcome) && outcome !== 'ECONNREFUSED').length,
    refused503: outcomes.filter((outcome) => outcome === 503).length,
  }
  return { ...counts, ...(await examine(attempts, dataDir)) }
}

function secondsSince(since: number): number {
  return (performance.now() - since) / 1000
}

function isNumber(outcome: number | string): outcome is number {
  return typeof outcome === 'number'
}

/** @throws Error after 30 seconds. */
async function untilServed([writer]: Writer[]): Promise<void> {
  const giveUpAt = performance.now() + 30_000
  while (performance.now() < giveUpAt) {
    const reply = writer && (await askGraphql(writer, '{ labels { name } }').catch(() => undefined))
    if (reply?.status === 200) return
    await sleep(20)
  }
  throw new Error('Taskward did not recover within 30 seconds.')
}
