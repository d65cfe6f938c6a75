import type pg from 'pg'
import { lockKeys } from './locks.ts'
import { retryForLocks } from './pending-migrations.ts'

/**
 * Tables whose policies apply to their owner too. Not task_grams: find_search_candidates reads it as
 * the owner.
 */
const forcedTables = [
  'tasks',
  'labels',
  'task_creations',
  'task_counts',
  'task_changes',
  'task_histories',
  'actor_brakes',
]

const unforced = 'not relforcerowsecurity'

/**
 * Restores what an interrupted backup, or a dump of one, has left. Does nothing during a backup,
 * because the lock of this change would wait for it, and requests would wait behind. Works behind a
 * transaction pooler.
 */
export async function forceRowSecurity(client: pg.ClientBase): Promise<void> {
  if ((await listTables(client, unforced)).length === 0) return
  await retryForLocks(client, 'FORCE ROW LEVEL SECURITY', async () => {
    const { rows } = await client.query('select pg_try_advisory_xact_lock($1) as locked', [
      lockKeys.backup,
    ])
    if (!rows[0]?.locked) return
    await alterTables(client, await listTables(client, unforced), 'FORCE')
  })
}

/** `forceRowSecurity` with a connection of the pool, whose user must own the tables. */
export async function forceRowSecurityOf(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await forceRowSecurity(client)
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

/**
 * Runs `work` while the policies do not apply to the owner of the tables, who then reads all rows.
 * They apply to the role taskward_app as before. Superusers and users with BYPASSRLS need no change.
 * Also restores what an earlier backup has left.
 * @throws Error when another backup is running.
 */
export async function readingAllRows(client: pg.Client, work: () => Promise<void>): Promise<void> {
  if (!(await tryLock(client)))
    throw new Error('Another backup of this database is running. Wait until it ends.')
  try {
    const { rows } = await client.query(
      'select rolsuper or rolbypassrls as bypasses from pg_roles where rolname = current_user',
    )
    if (rows[0]?.bypasses) return await work()
    const names = await listTables(client, 'relforcerowsecurity')
    await retryForLocks(client, 'NO FORCE ROW LEVEL SECURITY', () =>
      alterTables(client, names, 'NO FORCE'),
    )
    await work().finally(() => forceRowSecurity(client))
  } finally {
    await unlock(client)
  }
}

async function listTables(client: pg.ClientBase, condition: string): Promise<string[]> {
  const { rows } = await client.query(
    `select relname as name from pg_class
      where relnamespace = current_schema()::regnamespace and relname = any($1)
        and relrowsecurity and ${condition}`,
    [forcedTables],
  )
  return rows.map(({ name }) => name)
}

async function alterTables(client: pg.ClientBase, names: string[], mode: string): Promise<void> {
  for (const name of names) await client.query(`alter table ${name} ${mode} row level security`)
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select pg_try_advisory_lock($1) as locked', [
    lockKeys.backup,
  ])
  return rows[0]?.locked
}

async function unlock(client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_unlock($1)', [lockKeys.backup])
}
