import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { clusterAt, readPostmaster } from '#db/embedded/cluster.ts'
import { findFreePort } from '#db/embedded/free-port.ts'
import { startDatabase } from '../database.ts'
import { type Instance, type Program, startInstance } from '../faults/instance.ts'
import { type Follower, follow, positionOf, type State, startFollower } from './followers.ts'
import { type Owner, signUp } from './owners.ts'
import { write } from './writers.ts'

export type Size = {
  changes: number
  owners: number
  writers: number
  /** Half of them read the feed, half a stream. */
  followers: number
  /** kill -9 of an instance. */
  kills: number
  /** kill -9 of PostgreSQL. */
  restarts: number
  /** How often the listening connections of all instances are cut. */
  cuts: number
}

export type Report = {
  changes: number
  seconds: number
  gaps: number
  repetitions: number
  /** Copies that differ from the table. */
  wrong: number
  /** Copies that had not come to the end of the history in time. */
  late: number
  refusals: string[]
  resumed: number
}

const renewalMs = 4 * 60_000
const maxLagMs = 120_000

/** Followers rebuild the tasks of their owners while writers write and parts of the system are killed. */
export async function runTrial(program: Program, size: Size): Promise<Report> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-sync-'))
  const log = { info() {}, warn() {}, error: console.error }
  const database = await startDatabase({ dataDir, log })
  const ports = [await findFreePort(), await findFreePort()]
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const start = (n: number) =>
    startInstance(program, dataDir, ports[n] ?? 0, {
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      BETTER_AUTH_SECRET: 'the secret of two instances of a trial',
      BETTER_AUTH_URL: urls[0] ?? '',
      GRAPHQL_POINTS_PER_MINUTE: '0',
    })
  const instances: Instance[] = []
  for (const n of ports.keys()) instances.push(await start(n))
  const pool = new pg.Pool({ connectionString: database.url, max: 2 })
  pool.on('error', () => {}) // PostgreSQL is killed
  try {
    const owners: Owner[] = []
    for (let n = 0; n < size.owners; n++) owners.push(await signUp(urls[0] ?? '', `owner${n}`))
    const killInstance = async (n: number) => {
      const index = n % instances.length
      await instances[index]?.end('SIGKILL')
      instances[index] = await start(index)
    }
    const killDatabase = async () => {
      const postmaster = await readPostmaster(clusterAt(join(dataDir, 'postgres')))
      if (postmaster) process.kill(postmaster.pid, 'SIGKILL')
    }
    const faults = planFaults(size, { killInstance, killDatabase, cutListeners: () => cut(pool) })
    return await observe({ size, owners, urls, pool, faults }, async () => {
      for (const instance of instances) await instance.end('SIGTERM')
    })
  } finally {
    for (const instance of instances) await instance.end('SIGTERM')
    await pool.end()
    await database.stop()
    await rm(dataDir, { recursive: true })
  }
}

/** A fault, and the number of changes at which it happens. */
type Fault = { at: number; happen: () => Promise<unknown> }

type Kinds = {
  killInstance: (n: number) => Promise<void>
  killDatabase: () => Promise<void>
  cutListeners: () => Promise<unknown>
}

/** Each kind of fault is spread over the whole trial. */
function planFaults({ changes, kills, restarts, cuts }: Size, kinds: Kinds): Fault[] {
  const spread = (count: number, happen: (n: number) => Promise<unknown>): Fault[] =>
    Array.from({ length: count }, (_, n) => ({
      at: (changes * (n + 0.5)) / count,
      happen: () => happen(n),
    }))
  return [
    ...spread(kills, kinds.killInstance),
    ...spread(restarts, kinds.killDatabase),
    ...spread(cuts, kinds.cutListeners),
  ].sort((one, other) => one.at - other.at)
}

/** Tries again while the database is away. */
async function cut(pool: pg.Pool): Promise<void> {
  const text = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'taskward-changes' and datname = current_database()`
  while (!(await pool.query(text).catch(() => undefined))) await sleep(100)
}

type Scene = { size: Size; owners: Owner[]; urls: string[]; pool: pg.Pool; faults: Fault[] }

async function observe(
  { size, owners, urls, pool, faults }: Scene,
  stop: () => Promise<void>,
): Promise<Report> {
  const since = performance.now()
  const ownerAt = (n: number) => owners[n % owners.length] as Owner
  let isWritten = false
  let isOver = false
  let asked = 0
  const urlOf = () => urls[asked++ % urls.length] ?? ''
  const renewal = setInterval(() => {
    for (const owner of owners) owner.renew(urlOf()).catch(() => {}) // the next one succeeds
  }, renewalMs)

  const followers: Follower[] = []
  const following: Promise<void>[] = []
  async function addFollowers(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const kind = Math.floor(followers.length / owners.length) % 2 === 0 ? 'feed' : 'stream'
      const follower = await startFollower(kind, ownerAt(followers.length), urlOf)
      followers.push(follower)
      following.push(follow(follower, urlOf, () => isOver))
    }
  }

  const half = Math.ceil(size.followers / 2)
  await addFollowers(half)
  const writing = Array.from({ length: size.writers }, (_, n) =>
    write({ owner: ownerAt(n), urls, seed: n + 1, isOver: () => isWritten }),
  )
  const joining = untilChanges(pool, size.changes / 3).then(() =>
    // the others begin with many tasks
    addFollowers(size.followers - half),
  )
  for (const { at, happen } of faults) {
    await untilChanges(pool, at)
    await happen()
  }
  await untilChanges(pool, size.changes)
  isWritten = true
  await Promise.all([...writing, joining])
  const positions = await untilCaughtUp(pool, followers)
  isOver = true
  clearInterval(renewal)
  await stop()
  await Promise.all(following)
  const sum = (count: (follower: Follower) => number) =>
    followers.reduce((total, follower) => total + count(follower), 0)
  const wrong = await Promise.all(followers.map((follower) => isWrong(pool, follower)))
  return {
    changes: [...positions.values()].reduce((total, position) => total + position, 0),
    seconds: Math.round((performance.now() - since) / 1000),
    gaps: sum(({ gaps }) => gaps),
    repetitions: sum(({ repetitions }) => repetitions),
    wrong: wrong.filter(Boolean).length,
    late: followers.filter(
      ({ cursor, owner }) => positionOf(cursor) !== (positions.get(owner.id) ?? 0),
    ).length,
    refusals: [...new Set(followers.flatMap(({ refusals }) => refusals))],
    resumed: sum(({ resumed }) => resumed),
  }
}

/** The position of each history. Empty while the database is away. */
async function readPositions(pool: pg.Pool): Promise<Map<string, number>> {
  const text = 'select user_id, position from task_histories'
  const { rows } = await pool.query(text).catch(() => ({ rows: [] }))
  return new Map(rows.map(({ user_id, position }) => [user_id, Number(position)]))
}

async function untilChanges(pool: pg.Pool, count: number): Promise<void> {
  for (;;) {
    const positions = await readPositions(pool)
    if ([...positions.values()].reduce((sum, position) => sum + position, 0) >= count) return
    await sleep(100)
  }
}

async function untilCaughtUp(pool: pg.Pool, followers: Follower[]): Promise<Map<string, number>> {
  const giveUpAt = performance.now() + maxLagMs
  for (;;) {
    const positions = await readPositions(pool)
    const isCaughtUp = followers.every(
      ({ cursor, owner }) => positionOf(cursor) === (positions.get(owner.id) ?? 0),
    )
    if (isCaughtUp || performance.now() > giveUpAt) return positions
    await sleep(200)
  }
}

async function isWrong(pool: pg.Pool, { owner, tasks }: Follower): Promise<boolean> {
  const { rows } = await pool.query<State & { id: string }>(
    `select id, title, completed_at as "completedAt", due_on::text as "dueOn", priority, labels
     from tasks where user_id = $1 and deleted_at is null`,
    [owner.id],
  )
  const expected = rows.map(({ id, ...row }) =>
    describe(Buffer.from(`Task:${id}`).toString('base64'), row),
  )
  const copied = [...tasks].map(([id, state]) => describe(id, state))
  return expected.sort().join('\n') !== copied.sort().join('\n')
}

type Compared = Omit<State, 'deletedAt'>

function describe(id: string, { title, completedAt, dueOn, priority, labels }: Compared): string {
  const time = completedAt === null ? null : new Date(completedAt).toISOString()
  return JSON.stringify([id, title, time, dueOn, priority, labels])
}
