import { setTimeout as sleep } from 'node:timers/promises'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { queryAsOwner } from './as-owner.ts'
import { createAvailability, createPool, isDatabaseAway, reasonOf } from './availability.ts'
import { startEmbedded } from './embedded/embedded.ts'
import type { Log } from './log.ts'
import { shareConnections } from './shares.ts'

export type { Log }
/** `$client` is a pool, or the one connection of a transaction. */
export type Db = NodePgDatabase & { $client?: pg.Pool | pg.ClientBase }

/** `db` reads and writes rows as their owner (as-owner.ts); `pool` is for the accounts. */
export type Database = { db: Db; pool: pg.Pool; close(): Promise<void> }

export type DatabaseOptions = {
  /** Unset: our own PostgreSQL, kept under `dataDir`. */
  databaseUrl?: string
  /** Set: `databaseUrl` leads through a transaction pooler, and this past it. */
  databaseDirectUrl?: string
  dataDir: string
  log: Log
}

const statementMs = 10_000
const closeMs = 2_000
const oldestVersion = 14

/**
 * Connects, and has seen the database answer before it returns.
 * @throws Error when it does not answer for 10 seconds or cannot be used; the message names host
 * and reason, never the password.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, databaseDirectUrl, log } = options
  const embedded = databaseUrl ? undefined : await startEmbedded(options)
  const isPooled = databaseDirectUrl !== undefined
  const database = connect(databaseUrl ?? embedded?.url ?? '', log, isPooled)
  const close = async () => {
    await database.close()
    await embedded?.stop()
  }
  try {
    await requireUsable(database.pool, log)
  } catch (error) {
    await close()
    throw error
  }
  return { ...database, close }
}

/** Two pools, so that sign-ins and tasks cannot take each other's connections. */
export function connect(url: string, log: Log, isPooled = false): Database {
  const config = poolConfig(url, isPooled)
  const availability = createAvailability(log)
  const pool = createPool(config, availability)
  const ownerPool = queryAsOwner(createPool({ ...config, pipeline: true }, availability))
  shareConnections(ownerPool, availability)
  const close = async () => {
    await Promise.all([endPool(pool), endPool(ownerPool)])
  }
  return { db: drizzle(ownerPool), pool, close }
}

function poolConfig(url: string, isPooled: boolean): pg.PoolConfig {
  return {
    ...connectionOptions(url),
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // Ours, in case the server's is not in force (see below) or the network swallows the answer.
    query_timeout: statementMs + 2_000,
    // As a statement, because PgBouncer refuses it among the startup parameters. Behind a pooler
    // it reaches the server connection of the moment, hence query_timeout as well.
    onConnect: async (client) => {
      client.on('error', () => {}) // until the pool listens; the statement fails as well, and tells
      if (isPooled) nameNothing(client)
      await client.query(`set statement_timeout = ${statementMs}`)
    },
  }
}

/**
 * Behind a transaction pooler the next transaction may be on another connection of the server's,
 * which does not know a statement by the name it has here, or knows another one by it.
 */
function nameNothing(client: pg.ClientBase): void {
  const query: (statement: unknown, ...rest: unknown[]) => unknown = client.query.bind(client)
  client.query = ((statement: pg.QueryConfig | string, ...rest: unknown[]) =>
    query(
      isNamed(statement) ? { ...statement, name: undefined } : statement,
      ...rest,
    )) as typeof client.query
}

function isNamed(statement: pg.QueryConfig | string): statement is pg.QueryConfig {
  return typeof statement === 'object' && statement.name !== undefined
}

/** Waits for the statements under way, but not for a connection that is never given back. */
async function endPool(pool: pg.Pool): Promise<void> {
  await Promise.race([pool.end(), sleep(closeMs, undefined, { ref: false })])
}

/** For connections outside the pool too, so that all of them speak TLS in the same way. */
export function connectionOptions(url: string): pg.ClientConfig {
  // `require` has always meant a verified certificate to pg; said in full, it does not warn.
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
  if (version < oldestVersion) {
    throw new Error(
      `The database at ${describe(pool)} is PostgreSQL ${version}; Taskward needs ${oldestVersion} or later.`,
    )
  }
  if (encoding !== 'UTF8') {
    throw new Error(
      `The database at ${describe(pool)} has the encoding ${encoding}; Taskward needs UTF8. ` +
        "Make one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
    )
  }
}

async function readServer(pool: pg.Pool, log: Log): Promise<{ version: number; encoding: string }> {
  const giveUpAt = Date.now() + 10_000
  for (let told = false; ; told = true) {
    try {
      const { rows } = await pool.query(
        `select current_setting('server_version_num')::int / 10000 as version,
                current_setting('server_encoding') as encoding`,
      )
      return rows[0]
    } catch (cause) {
      if (!isDatabaseAway(cause) || Date.now() > giveUpAt) {
        throw new Error(
          `The database at ${describe(pool)} cannot be used: ${reasonOf(cause)}. ` +
            'Start it, or correct DATABASE_URL.',
          { cause },
        )
      }
      if (!told)
        log.warn({ reason: reasonOf(cause) }, `Waiting for the database at ${describe(pool)}`)
      await sleep(500)
    }
  }
}

function describe({ options }: pg.Pool): string {
  const { host, port, database } = new pg.Client(options)
  return `${host}:${port}/${database}`
}
