import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { joinAppRole, requireAppRole, requireRoleOrRight } from './app-role.ts'
import { reasonOf } from './availability.ts'
import type { Database } from './client.ts'
import { lockKeys } from './locks.ts'
import { applyPending, listPending } from './pending-migrations.ts'
import { forceRowSecurity } from './row-security.ts'

const maxWaitSeconds = 60
const pollMs = 100

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
      await applyPending(client).catch(explainFailure)
      await joinAppRole(client)
      await forceRowSecurity(client)
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
    await takeLock(client)
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

/**
 * Asks again and again. A statement that waits in the database has a snapshot, and CREATE INDEX
 * CONCURRENTLY of the other process would wait for it.
 */
async function takeLock(client: pg.Client): Promise<void> {
  for (let waitedMs = 0; waitedMs < maxWaitSeconds * 1_000; waitedMs += pollMs) {
    // Without parameters: pg would leave a portal open whose snapshot CREATE INDEX CONCURRENTLY awaits.
    const { rows } = await client.query(
      `select pg_try_advisory_xact_lock(${lockKeys.migration}) as locked`,
    )
    if (rows[0].locked) return
    await sleep(pollMs)
  }
  throw new Error(
    `Another process has been migrating this database for ${maxWaitSeconds} seconds. ` +
      'Wait until it finishes, or stop it, then start again.',
  )
}

/**
 * For a start without migrating. `listOthers`: what others have to migrate.
 * @throws Error that names what is missing.
 */
export async function requireMigrated(
  { db, pool }: Database,
  listOthers: () => Promise<string[]>,
): Promise<void> {
  const missing = [...(await listPendingNames(pool)), ...(await listOthers())]
  if (missing.length > 0)
    throw new Error(
      `The database lacks ${missing.length} migrations, and MIGRATE_AT_START is false: ` +
        `${missing.join(', ')}. Run npm run db:migrate.`,
    )
  await requireAppRole(db, pool)
}

/** The names of the migrations that the database lacks. */
export async function listPendingNames(pool: pg.Pool): Promise<string[]> {
  return (await listPending(pool)).map(({ name }) => name)
}
