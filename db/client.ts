import { setTimeout as sleep } from 'node:timers/promises'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { orAbort } from './abort.ts'
import type { Db } from './as-owner.ts'
import { createAvailability, isDatabaseUnavailable, type Log, reasonOf } from './availability.ts'
import { defaultPoolMax, splitPoolMax } from './connection-limit.ts'
import { startEmbedded } from './embedded/embedded.ts'
import { OwnerPool, TaskwardPool, type TaskwardPoolConfig } from './pool.ts'
import type { Usage } from './shares.ts'

export type { Db, Log }

/**
 * `db` reads and writes rows as their owner (as-owner.ts), through `rowPool`. `pool` is for accounts.
 */
export type Database = {
  url: string
  db: Db
  rowPool: OwnerPool
  pool: pg.Pool
  close(): Promise<void>
}

export type DatabaseOptions = {
  /** Unset: the embedded PostgreSQL under `dataDir`. */
  databaseUrl?: string
  /** Set: `databaseUrl` is the URL of a transaction pooler, and this the URL of the server itself. */
  databaseDirectUrl?: string
  dataDir: string
  log: Log
  /** Max connections of both pools. Default: 20. */
  poolMax?: number
  /** Ends the wait for the database. */
  signal?: AbortSignal
}

const maxStatementMs = 10_000
const maxCloseMs = 2_000
const minVersion = 14

/**
 * Connects, and returns when the database has answered.
 * @throws Error when it does not answer within 10 seconds or cannot be used. The message contains
 * the host and the reason, never the password.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, databaseDirectUrl, log } = options
  const embedded = databaseUrl ? undefined : await startEmbedded(options)
  const isPooled = databaseDirectUrl !== undefined
  const database = connect(databaseUrl ?? embedded?.url ?? '', log, isPooled, options.poolMax)
  const close = async () => {
    await database.close()
    await embedded?.stop()
  }
  try {
    await orAbort(options.signal, () => requireUsable(database.pool, log))
  } catch (error) {
    await close()
    throw error
  }
  return { ...database, close }
}

/** Two pools: sign-ins and tasks do not compete for connections. */
export function connect(
  url: string,
  log: Log,
  isPooled = false,
  poolMax = defaultPoolMax,
): Database {
  const availability = createAvailability(log)
  const max = splitPoolMax(poolMax)
  const pool = new TaskwardPool({ ...poolConfig(url, isPooled), max: max.accounts }, availability)
  // Postgres would plan the first page of a list again each time: it takes LIMIT with a value for
  // cheaper. Every plan of ours reads an index of the owner, with and without values. Behind a
  // transaction pooler, statements have no name and are planned each time.
  const settings = isPooled ? '' : '; set plan_cache_mode = force_generic_plan'
  const config = { ...poolConfig(url, isPooled, settings), max: max.rows }
  const ownerPool = new OwnerPool(config, availability)
  const close = async () => {
    await Promise.all([endPool(pool), endPool(ownerPool)])
  }
  return { url, db: drizzle(ownerPool), rowPool: ownerPool, pool, close }
}

/** `settings`: further SET statements for each new connection. */
function poolConfig(url: string, isPooled: boolean, settings = ''): TaskwardPoolConfig {
  return {
    isPooled,
    ...connectionOptions(url),
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // A client-side limit, for when the limit of the server is not in force (see below) or the
    // answer is lost on the network.
    query_timeout: maxStatementMs + 2_000,
    // A statement, because PgBouncer rejects it as a startup parameter. Behind a pooler it applies
    // to the current server connection only, hence query_timeout too.
    onConnect: async (client) => {
      client.on('error', () => {}) // until the pool listens; the statement below fails too
      await client.query(`set statement_timeout = ${maxStatementMs}${settings}`)
    },
  }
}

/** Waits for running statements, but at most 2 seconds: a connection may never be released. */
async function endPool(pool: pg.Pool): Promise<void> {
  await Promise.race([pool.end(), sleep(maxCloseMs, undefined, { ref: false })])
}

/** Also for connections outside the pool, so that all of them use the same TLS settings. */
export function connectionOptions(url: string): pg.ClientConfig {
  // To pg, `require` means a verified certificate. Writing `verify-full` avoids its warning.
  const verified = url.replace(/\bsslmode=(prefer|require|verify-ca)\b/, 'sslmode=verify-full')
  return {
    connectionString: url.includes('uselibpqcompat=true') ? url : verified,
    enableChannelBinding: url.includes('channel_binding=require'),
    application_name: 'taskward',
    keepAlive: true,
  }
}

async function requireUsable(pool: pg.Pool, log: Log): Promise<void> {
  const { version, encoding } = await readServer(pool, log)
  if (version < minVersion) {
    throw new Error(
      `The database at ${describe(pool)} is PostgreSQL ${version}; Taskward needs ${minVersion} or later.`,
    )
  }
  if (encoding !== 'UTF8') {
    throw new Error(
      `The database at ${describe(pool)} has the encoding ${encoding}; Taskward needs UTF8. ` +
        "Create one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
    )
  }
}

async function readServer(pool: pg.Pool, log: Log): Promise<{ version: number; encoding: string }> {
  const giveUpAt = Date.now() + 10_000
  for (let isLogged = false; ; isLogged = true) {
    try {
      const { rows } = await pool.query(
        `select current_setting('server_version_num')::int / 10000 as version,
                current_setting('server_encoding') as encoding`,
      )
      return rows[0]
    } catch (cause) {
      if (!isDatabaseUnavailable(cause) || Date.now() > giveUpAt) {
        throw new Error(
          `The database at ${describe(pool)} cannot be used: ${reasonOf(cause)}. ` +
            'Start it, or correct DATABASE_URL.',
          { cause },
        )
      }
      if (!isLogged)
        log.warn({ reason: reasonOf(cause) }, `Waiting for the database at ${describe(pool)}`)
      await sleep(500)
    }
  }
}

function describe({ options }: pg.Pool): string {
  const { host, port, database } = new pg.Client(options)
  return `${host}:${port}/${database}`
}

/** The same database. Its statements on rows add the time that they hold a connection to `usage`. */
export function metered(db: Db, usage: Usage): Db {
  return Object.assign(Object.create(db), { usage })
}
