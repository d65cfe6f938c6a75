import { open, readFile, rename, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import {
  type Cluster,
  isServerOf,
  type Postmaster,
  readPostmaster,
  removeStalePidFile,
} from './cluster.ts'
import { findFreePort } from './free-port.ts'
import { poll } from './poll.ts'
import { type Account, spawnProgram } from './programs.ts'

/** Everything that is needed to run the server of a cluster. */
export type Server = {
  cluster: Cluster
  account: Account
  password: string
  /** Added to our own settings. Tests use them to turn off durability. */
  settings: Record<string, string>
  /** The folder with its programs. Unset: those of the included PostgreSQL. */
  native?: string
}

const maxStartMs = 60_000 // after a crash PostgreSQL first replays its log
const maxRetryMs = 5_000
const maxStopMs = 10_000
const maxLogBytes = 5_000_000

export function urlOf(
  { password }: Pick<Server, 'password'>,
  port: number,
  database = 'postgres',
): string {
  // Without sslmode, pg would use PGSSLMODE from the environment.
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}?sslmode=disable`
}

/**
 * Finds the server of the cluster, or starts it on `port` (undefined: a free port). Waits while a
 * server starts or stops, and retries after one was killed.
 */
export async function ensureRunning(server: Server, port?: number): Promise<Postmaster> {
  const since = Date.now()
  for (;;) {
    const found = await readPostmaster(server.cluster)
    const running = found !== undefined && (await isServerOf(server.cluster, found.pid))
    if (running && found.ready && (await answers(server, found.port))) return found
    if (found && !running) await removeStalePidFile(server.cluster, found.pid)
    const launched = running ? undefined : await launch(server, port ?? (await findFreePort()))
    if (launched) return launched
    if (Date.now() - since > (running ? maxStartMs : maxRetryMs)) {
      throw new Error(`PostgreSQL does not run. The end of ${await describeLog(server.cluster)}`)
    }
    await sleep(50)
  }
}

/** Shuts the server down cleanly: open transactions are rolled back, committed ones are on disk. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const found = await readPostmaster(cluster)
  if (!found || !(await isServerOf(cluster, found.pid))) return
  process.kill(found.pid, 'SIGINT')
  const hasEnded = async () => !(await isServerOf(cluster, found.pid))
  if (await poll(hasEnded, { everyMs: 15, maxMs: maxStopMs })) return
  // An immediate shutdown loses nothing either: the next start replays the log.
  process.kill(found.pid, 'SIGQUIT')
}

/** Undefined: the server ended before it was ready. Its log says why. */
async function launch(server: Server, port: number): Promise<Postmaster | undefined> {
  const log = await openLog(server.cluster)
  const child = spawnProgram(
    'postgres',
    serverArguments(server, port),
    server.account,
    ['ignore', log.fd, log.fd],
    server.native,
  )
  const state = { ended: false }
  child.once('exit', () => {
    state.ended = true
  })
  await new Promise((done, fail) => child.once('spawn', done).once('error', fail))
  child.unref() // the server may outlive this process and must not keep it alive
  await log.close()
  const findReady = async () => {
    const found = await readPostmaster(server.cluster)
    return found?.pid === child.pid && found?.ready && found
  }
  const ready = await poll(async () => state.ended || findReady(), {
    everyMs: 15,
    maxMs: maxStartMs,
  })
  return ready === true ? undefined : ready
}

function serverArguments({ cluster, settings }: Server, port: number): string[] {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The log must not contain what users wrote: no statements, no rows that violate a constraint.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...settings,
  }
  return [
    '-D',
    cluster.files,
    ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]
}

/** The password is random. A server that accepts it is ours, not another one on the same port. */
async function answers(server: Server, port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: urlOf(server, port),
    connectionTimeoutMillis: 2_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

/** The server appends to its log while it runs, so the size is limited when it starts. */
async function openLog({ log }: Cluster) {
  const size = await stat(log).then(
    (file) => file.size,
    () => 0,
  )
  if (size > maxLogBytes) await rename(log, `${log}.old`)
  return open(log, 'a', 0o600)
}

async function describeLog({ log }: Cluster): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n')
  return `${log}:\n${lines.slice(-8).join('\n')}`
}
