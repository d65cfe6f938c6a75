import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'

// Beside this file in the sources, beside the bundle in production.
const migrationsFolder = join(import.meta.dirname, 'migrations')

export type Migration = { name: string; statements: string[]; hash: string; createdAt: number }

/** A reader waits this long, at most, behind a migration that waits for a lock. */
const lockTimeoutMs = 2_000
/** With the pauses less than the minute that another process waits for its turn to migrate. */
const maxAttempts = 20
const pauseMs = 500

/** All migrations of this version, in their order. */
export function listMigrations(): Migration[] {
  const journal = JSON.parse(readFileSync(join(migrationsFolder, 'meta/_journal.json'), 'utf8'))
  const names: string[] = journal.entries.map(({ tag }: { tag: string }) => tag)
  return readMigrationFiles({ migrationsFolder }).map(({ sql, hash, folderMillis }, i) => ({
    name: names[i] ?? '',
    statements: sql,
    hash,
    createdAt: folderMillis,
  }))
}

/** Those that the database lacks. The table is that of drizzle-kit migrate. */
export async function listPending(client: pg.ClientBase | pg.Pool): Promise<Migration[]> {
  const { rows: tables } = await client.query(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as exists`,
  )
  if (!tables[0].exists) return listMigrations()
  const { rows } = await client.query(
    'select coalesce(max(created_at), 0)::float8 as last from drizzle.__drizzle_migrations',
  )
  return listMigrations().filter(({ createdAt }) => createdAt > rows[0].last)
}

/**
 * Applies what is pending, each migration in a transaction of its own, so that no lock is held during
 * the next one. `client`: a connection outside the pools.
 */
export async function applyPending(client: pg.Client): Promise<void> {
  const pending = await listPending(client)
  if (pending.length > 0) await applyMigrations(client, pending)
}

export async function applyMigrations(client: pg.Client, pending: Migration[]): Promise<void> {
  await client.query('create schema if not exists drizzle')
  await client.query(
    `create table if not exists drizzle.__drizzle_migrations
       (id serial primary key, hash text not null, created_at bigint)`,
  )
  for (const migration of pending) {
    if (isConcurrent(migration)) await run(client, migration)
    else await retryForLocks(client, `migration ${migration.name}`, () => run(client, migration))
  }
}

/** It cannot run in a transaction, and holds no lock that a reader or writer waits for. */
export function isConcurrent({ statements }: Migration): boolean {
  return statements.some((statement) => /\bINDEX\s+CONCURRENTLY\b/i.test(statement))
}

/**
 * Runs `work` in a transaction that waits only briefly for locks, so that requests do not wait behind
 * it, and tries again.
 * @throws Error that names `what`, when it never got them.
 */
export async function retryForLocks(
  client: pg.ClientBase,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`begin; set local lock_timeout = ${lockTimeoutMs}`)
      await work()
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback')
      if (!isLockTimeout(error)) throw error
      if (attempt === maxAttempts) throw explainLock(what, error)
      await sleep(pauseMs)
    }
  }
}

async function run(client: pg.Client, { statements, hash, createdAt }: Migration): Promise<void> {
  for (const statement of statements) await client.query(statement)
  await client.query(
    'insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)',
    [hash, createdAt],
  )
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03'
}

function explainLock(what: string, cause: unknown): Error {
  return new Error(
    `${what} did not get its lock in ${maxAttempts} attempts of ${lockTimeoutMs / 1_000} ` +
      'seconds. A long transaction holds it: find it in pg_stat_activity (xact_start), end it, and ' +
      'start again',
    { cause },
  )
}
