import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

// Any number will do, as long as it never changes and no other lock in this room has it.
const guardKey = 7_401_001
const handoverMs = 1_000
const namePrefix = 'taskward process '

/**
 * Holds the cluster for this process: one connection with a session lock, which the database lets
 * go of by itself when the process ends, however it ends. Its `end` event also tells that the
 * server has died, including one that we adopted.
 * @throws Error when another Taskward holds the cluster.
 */
export async function guardCluster(url: string, dataDir: string): Promise<pg.Client> {
  const guard = new pg.Client({
    connectionString: url,
    application_name: `${namePrefix}${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  guard.on('error', () => {}) // what matters is the `end` that follows
  await guard.connect()
  try {
    await requireLock(guard, dataDir)
  } catch (error) {
    await guard.end()
    throw error
  }
  return guard
}

// A Taskward that was killed a moment ago may still seem to hold the lock, hence the patience.
async function requireLock(guard: pg.Client, dataDir: string): Promise<void> {
  const giveUpAt = Date.now() + handoverMs
  while (!(await tryLock(guard))) {
    if (Date.now() > giveUpAt) throw alreadyRunning(dataDir, await findHolder(guard))
    await sleep(50)
  }
}

async function tryLock(guard: pg.Client): Promise<boolean> {
  const { rows } = await guard.query('select pg_try_advisory_lock($1) as locked', [guardKey])
  return rows[0].locked
}

async function findHolder(guard: pg.Client): Promise<string | undefined> {
  const { rows } = await guard.query(
    `select application_name as name from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and objid = $1`,
    [guardKey],
  )
  return rows[0]?.name.slice(namePrefix.length)
}

function alreadyRunning(dataDir: string, pid: string | undefined): Error {
  const holder = pid ? `process ${pid}` : 'another process'
  return new Error(
    `The database in ${dataDir} is in use by another Taskward (${holder}). ` +
      'Stop that one first, or give this one a database of its own with DATABASE_URL.',
  )
}
