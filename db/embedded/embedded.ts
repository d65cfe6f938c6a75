import { access, constants, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Log } from '../availability.ts'
import {
  type Cluster,
  clusterAt,
  createCluster,
  isServerOf,
  readPostmaster,
  requireVersion,
} from './cluster.ts'
import { guardCluster } from './guard.ts'
import { chooseAccount, linkLibraries } from './programs.ts'
import { ensureRunning, type Server, stopServer, urlOf } from './server.ts'

/** The embedded PostgreSQL. Until `stop` is called, it is restarted on the same port when it ends. */
export type EmbeddedPostgres = { url: string; stop(): Promise<void> }

export type EmbeddedOptions = {
  dataDir: string
  log: Log
  settings?: Server['settings']
  /** The folder with the programs of another version. Default: the included one. */
  native?: string
}

/**
 * Starts PostgreSQL under `dataDir`/postgres, or takes over the one that a killed Taskward left
 * running.
 * @throws Error when another Taskward uses the directory, or PostgreSQL cannot run. The message says
 * what to do.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, settings = {}, native } = options
  const cluster = clusterAt(join(resolve(options.dataDir), 'postgres'))
  const account = await chooseAccount(cluster.home)
  await linkLibraries(native)
  await createCluster(cluster, account, native)
  const password = await readPassword(cluster)
  const server: Server = { cluster, account, settings, password, native }
  if (native === undefined) await requireVersion(cluster)
  const { port } = await ensureRunning(server)
  const guard = await guardCluster(urlOf(server, port), options.dataDir)
  return keepRunning({ server, port, log, dataDir: options.dataDir }, guard)
}

/**
 * The URL of the PostgreSQL that a running Taskward uses under `dataDir`, for a second program.
 * Undefined: none is running there.
 */
export async function findEmbedded(dataDir: string): Promise<string | undefined> {
  const cluster = clusterAt(join(resolve(dataDir), 'postgres'))
  const found = await readPostmaster(cluster)
  if (!found?.ready || !(await isServerOf(cluster, found.pid))) return undefined
  return urlOf({ password: await readPassword(cluster) }, found.port)
}

type Kept = { server: Server; port: number; log: Log; dataDir: string }

function keepRunning({ server, port, log, dataDir }: Kept, firstGuard: pg.Client) {
  const url = urlOf(server, port)
  let guard: pg.Client | undefined
  let stopping = false
  let recovery: Promise<void> | undefined

  const watch = (client: pg.Client) => {
    guard = client
    client.once('end', () => {
      guard = undefined
      if (!stopping) recovery = recover()
    })
  }
  const recover = async () => {
    log.warn({}, 'PostgreSQL has ended; restarting it')
    while (!stopping && !guard) {
      try {
        await ensureRunning(server, port)
        watch(await guardCluster(url, dataDir))
        log.info({}, 'PostgreSQL is running again')
      } catch (err) {
        log.error({ err }, 'PostgreSQL could not be restarted; retrying')
        await sleep(1_000)
      }
    }
  }
  watch(firstGuard)

  return {
    url,
    async stop() {
      stopping = true
      await recovery
      // Without the guard connection, another Taskward may use the server.
      if (guard) await stopServer(server.cluster)
    },
  }
}

async function readPassword({ home, password }: Cluster): Promise<string> {
  try {
    await access(home, constants.R_OK | constants.W_OK)
    return await readFile(password, 'utf8')
  } catch (cause) {
    throw new Error(
      `The database in ${home} cannot be opened: its files or its password are missing, or another ` +
        'user owns them. Start Taskward as that user, restore the directory, or set DATABASE_URL.',
      { cause },
    )
  }
}
