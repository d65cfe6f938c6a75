import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { joinAppRole, requireAppRole, requireRoleOrRight } from './app-role.ts'
import { reasonOf } from './availability.ts'
import type { Database } from './client.ts'
import { lockKeys } from './locks.ts'

// Beside this file in the sources, beside the bundle in production.
const migrationsFolder = join(import.meta.dirname, 'migrations')

const maxWaitSeconds = 60

/**
 * Applies our migrations, then `migrateOthers`. One process migrates at a time. The other processes
 * wait and then have nothing to do.
 * @throws Error when another process migrates for more than a minute, or when requests could not
 * use the database afterwards (app-role.ts).
 */
export async function migrate(
  { db, pool }: Database,
  migrateOthers?: () => Promise<void>,
): Promise<void> {
  await withMigrationLock(pool, async () => {
    await withClient(pool, async (client) => {
      await requireRoleOrRight(client)
      await applyMigrations(drizzle(client), { migrationsFolder }).catch(explainFailure)
      await joinAppRole(client)
    })
    await migrateOthers?.()
    await requireAppRole(db, pool)
  })
}

/**
 * A transaction holds the lock and does nothing else. A session lock would not work behind a
 * transaction pooler: the unlock could run on another server connection. The connection is outside
 * the pool, because `migrateOthers` may need every connection of a small pool.
 */
function withMigrationLock(pool: pg.Pool, work: () => Promise<void>): Promise<void> {
  return withClient(pool, async (client) => {
    await client.query('begin')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    await client.query(`set local lock_timeout = '${maxWaitSeconds}s'`)
    await client
      .query('select pg_advisory_xact_lock($1)', [lockKeys.migration])
      .catch(explainTimeout)
    await work()
    await client.query('commit')
  })
}

/** A connection without the time limits of the pool: building an index may take long. */
async function withClient<T>(pool: pg.Pool, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...pool.options, query_timeout: undefined })
  client.on('error', () => {}) // the running statement fails too
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The message of Drizzle contains the failed statement but not the reason. */
function explainFailure(cause: Error): never {
  throw new Error(
    `The migrations failed: ${reasonOf(cause.cause ?? cause)}. The user in DATABASE_URL must own ` +
      'the database and its tables.',
    { cause },
  )
}

function explainTimeout(cause: unknown): never {
  if (!(cause instanceof pg.DatabaseError) || cause.code !== '55P03') throw cause
  throw new Error(
    `Another process has been migrating this database for ${maxWaitSeconds} seconds. ` +
      'Wait until it finishes, or stop it, then start again.',
    { cause },
  )
}
