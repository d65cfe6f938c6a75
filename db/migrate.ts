import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { reasonOf } from './availability.ts'
import type { Database } from './client.ts'

// Beside this file in the sources, beside the bundle in production.
const migrationsFolder = join(import.meta.dirname, 'migrations')

const migrationKey = 7_401_002
const patienceSeconds = 60

/**
 * Applies our migrations and then `migrateOthers`, one process at a time: the others wait, and find
 * nothing left to do.
 * @throws Error when another process has been migrating for a minute.
 */
export async function migrate(
  { pool }: Database,
  migrateOthers?: () => Promise<void>,
): Promise<void> {
  await withMigrationLock(pool, async () => {
    await withClient(pool, (client) =>
      applyMigrations(drizzle(client), { migrationsFolder }),
    ).catch(explainFailure)
    await migrateOthers?.()
  })
}

/**
 * Held by a transaction that does nothing else, because behind a transaction pooler a session lock
 * could be taken on one connection and never be given back; and outside the pool, because a small
 * pool may be needed whole by `migrateOthers`.
 */
function withMigrationLock(pool: pg.Pool, work: () => Promise<void>): Promise<void> {
  return withClient(pool, async (client) => {
    await client.query('begin')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    await client.query(`set local lock_timeout = '${patienceSeconds}s'`)
    await client.query('select pg_advisory_xact_lock($1)', [migrationKey]).catch(explainTimeout)
    await work()
    await client.query('commit')
  })
}

/** A connection without the pool's time limits: building an index may take long. */
async function withClient<T>(pool: pg.Pool, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...pool.options, query_timeout: undefined })
  client.on('error', () => {}) // the statement under way fails as well, and tells
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Drizzle names the statement that failed; people need to know why it did. */
function explainFailure(cause: Error): never {
  throw new Error(
    `The tables could not be brought up to date: ${reasonOf(cause.cause ?? cause)}. DATABASE_URL ` +
      'must name the owner of the database and of its tables.',
    { cause },
  )
}

function explainTimeout(cause: unknown): never {
  if (!(cause instanceof pg.DatabaseError) || cause.code !== '55P03') throw cause
  throw new Error(
    `Another process has been migrating this database for ${patienceSeconds} seconds. ` +
      'Wait for it to finish, or end it, and start again.',
    { cause },
  )
}
