import { availableParallelism } from 'node:os'
import type { Pool } from 'pg'
import { maxConnections, readConnectionLimit } from '#db/connection-limit.ts'
import type { Logger } from '../log/log.ts'

/** For the main process, migrations, and commands such as `npm run keys:rotate`. */
const spareConnections = 8

type Options = {
  /** auto: one for each core, but no more than the database has connections for. */
  processes: number | 'auto'
  pool: Pool
  /** Max connections of the pools of one process. */
  poolMax: number
  /** `pool` connects to a transaction pooler, whose own limit cannot be read. */
  isPooled: boolean
  log: Logger
  cores?: number
}

/**
 * Returns how many processes to start.
 * @throws Error when the database does not allow connections for so many.
 */
export async function chooseCount(options: Options): Promise<number> {
  const { processes, pool, poolMax, isPooled, log, cores = availableParallelism() } = options
  const wanted = processes === 'auto' ? cores : processes
  if (isPooled || wanted === 1) return wanted
  const limit = await readConnectionLimit(pool)
  const each = maxConnections(poolMax)
  const possible = Math.max(1, Math.floor((limit - spareConnections) / each))
  if (wanted <= possible) return wanted
  const reason =
    `${wanted} processes need up to ${wanted * each + spareConnections} connections, and ` +
    `the database allows ${limit}`
  if (processes !== 'auto')
    throw new Error(
      `${reason}. Set PROCESSES to ${possible} or less, lower DATABASE_POOL_MAX, or raise max_connections.`,
    )
  log.warn(
    `${reason}. Starting ${possible}; for more, lower DATABASE_POOL_MAX or raise max_connections.`,
  )
  return possible
}
