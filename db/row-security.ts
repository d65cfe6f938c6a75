import type pg from 'pg'
import { lockKeys } from './locks.ts'
import { retryForLocks } from './pending-migrations.ts'

/**
 * Tables whose policies apply to their owner too. Not task_grams: find_search_candidates reads it as
 * the owner.
 */
const forcedTables = ['tasks', 'labels', 'task_creations', 'task_counts']

/**
 * Restores what an interrupted backup, or a dump of one, has left. Does nothing during a backup,
 * because the lock of this change would wait for it, and requests would wait behind.
 */
export async function forceRowSecurity(client: pg.Client): Promise<void> {
  const names = await listTables(client, 'not relforcerowsecurity')
  if (names.length === 0 || !(await tryLock(client))) return
  try {
    await alterTables(client, names, 'FORCE')
  } finally {
    await unlock(client)
  }
}

/**
 * Runs `work` while the policies do not apply to the owner of the tables, who then reads all rows.
 * They apply to the role taskward_app as before. Superusers and users with BYPASSRLS need no change.
 * @throws Error when another backup is running.
 */
export async function readingAllRows(client: pg.Client, work: () => Promise<void>): Promise<void> {
  if (!(await tryLock(client)))
    throw new Error('Another backup of this database is running. Wait until it ends.')
  try {
    const { rows } = await client.query(
      'select rolsuper or rolbypassrls as bypasses from pg_roles where rolname = current_user',
    )
    const names = rows[0]?.bypasses ? [] : await listTables(client, 'relforcerowsecurity')
    await alterTables(client, names, 'NO FORCE')
    await work().finally(() => alterTables(client, names, 'FORCE'))
  } finally {
    await unlock(client)
  }
}

async function listTables(client: pg.Client, condition: string): Promise<string[]> {
  const { rows } = await client.query(
    `select relname as name from pg_class
      where relnamespace = current_schema()::regnamespace and relname = any($1)
        and relrowsecurity and ${condition}`,
    [forcedTables],
  )
  return rows.map(({ name }) => name)
}

function alterTables(client: pg.Client, names: string[], mode: string): Promise<void> {
  return retryForLocks(client, `${mode} ROW LEVEL SECURITY`, async () => {
    for (const name of names) await client.query(`alter table ${name} ${mode} row level security`)
  })
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
