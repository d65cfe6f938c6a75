import pg from 'pg'
import { lockKeys } from '../locks.ts'
import { poll } from './poll.ts'

const maxWaitMs = 1_000
const namePrefix = 'taskward process '

/**
 * Reserves the cluster for this process, with a session lock on one connection. The database
 * releases the lock when the process ends for any reason. The `end` event of the connection also
 * reports that the server has ended, including a server that another process started.
 * @throws Error when another Taskward uses the cluster.
 */
export async function guardCluster(url: string, dataDir: string): Promise<pg.Client> {
  const guard = new pg.Client({
    connectionString: url,
    application_name: `${namePrefix}${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  guard.on('error', () => {}) // the `end` event follows
  await guard.connect()
  try {
    await requireLock(guard, dataDir)
  } catch (error) {
    await guard.end()
    throw error
  }
  return guard
}

// Waits, because the lock of a Taskward that was just killed may not be released yet.
async function requireLock(guard: pg.Client, dataDir: string): Promise<void> {
  const isLocked = await poll(() => tryLock(guard), { everyMs: 50, maxMs: maxWaitMs })
  if (!isLocked) throw alreadyRunning(dataDir, await findHolder(guard))
}

async function tryLock(guard: pg.Client): Promise<boolean> {
  const { rows } = await guard.query('select pg_try_advisory_lock($1) as locked', [
    lockKeys.cluster,
  ])
  return rows[0].locked
}

async function findHolder(guard: pg.Client): Promise<string | undefined> {
  const { rows } = await guard.query(
    `select application_name as name from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and objid = $1`,
    [lockKeys.cluster],
  )
  return rows[0]?.name.slice(namePrefix.length)
}

function alreadyRunning(dataDir: string, pid: string | undefined): Error {
  const holder = pid ? `process ${pid}` : 'another process'
  return new Error(
    `The database in ${dataDir} is in use by another Taskward (${holder}). ` +
      'Stop that process first, or set DATABASE_URL to another database.',
  )
}
