import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import type { Log } from './log.ts'

/**
 * The database did not answer, or too many are waiting for it already. Time may help. What was
 * asked for may have happened all the same: a commit can be lost on its way out or on its way back.
 */
export class DatabaseAway extends Error {}

/** Whether this is the reason, however many libraries have wrapped it. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseAway) return true
  return error instanceof Error && isDatabaseAway(error.cause)
}

const witness = new AsyncLocalStorage<{ failure?: DatabaseAway }>()

/**
 * For work of a library that mistakes an absent database for an absent row, as Better Auth does.
 * @throws DatabaseAway when a statement of the work met it, whatever the work made of that.
 */
export async function requireDatabase<T>(work: () => Promise<T>): Promise<T> {
  const seen: { failure?: DatabaseAway } = {}
  const outcome = await witness.run(seen, work).catch((error: unknown) => {
    throw seen.failure ?? error
  })
  if (seen.failure) throw seen.failure
  return outcome
}

const longestQueue = 1_000
const calmMillis = 1_000

/** Tells the log once when the database is lost and once when it answers again, however many ask. */
export function createAvailability(log: Log) {
  let wasThere = false // at the start, whoever waits for it tells
  let lostAt: number | undefined
  let failedAt = 0
  return {
    lost(reason: string): void {
      if (!wasThere) return
      failedAt = performance.now()
      if (lostAt === undefined) log.warn({ reason }, 'The database was lost')
      lostAt ??= failedAt
    },
    busy(reason: string): void {
      log.warn({ reason }, 'A statement was given up')
    },
    answered(): void {
      wasThere = true
      // Some may be answered while others fail: that would be told over and over.
      if (lostAt === undefined || performance.now() - failedAt < calmMillis) return
      log.info({ lostMillis: Math.round(failedAt - lostAt) }, 'The database answers again')
      lostAt = undefined
    },
  }
}

export type Availability = ReturnType<typeof createAvailability>

/**
 * A pool whose failures for want of a database are DatabaseAway, and whose queue is bounded: it is
 * better to refuse at once than to let callers wait in ever larger numbers.
 */
export function createPool(config: pg.PoolConfig, availability: Availability): pg.Pool {
  const pool = new pg.Pool(config)
  const watch = (call: Call, onLoss?: () => void) => watched(call, availability, onLoss)
  pool.on('error', ({ message }) => availability.lost(message))
  pool.on('connect', (client) => {
    // While it is in use, only the client itself hears of its loss; unheard, it ends the process.
    client.on('error', ({ message }) => availability.lost(message))
    // Ended, it is not given to the next caller; its statement may still be running.
    const end = () => void client.end().catch(() => {})
    client.query = watch(client.query.bind(client) as Call, end) as typeof client.query
  })
  const connect = bounded(pool, pool.connect.bind(pool) as Call)
  pool.connect = watch(connect) as typeof pool.connect
  pool.query = watch(pool.query.bind(pool) as Call) as typeof pool.query
  return pool
}

type Call = (...args: unknown[]) => unknown

function bounded(pool: pg.Pool, connect: Call): Call {
  return (callback) => {
    if (pool.waitingCount < longestQueue) return connect(callback)
    const refusal = new DatabaseAway(`${longestQueue} are waiting for a connection already`)
    return typeof callback === 'function' ? callback(refusal) : Promise.reject(refusal)
  }
}

/** Calls with a callback answer no promise, and come from inside a call that does. */
function watched(call: Call, availability: Availability, onLoss?: () => void): Call {
  const succeed = (answer: unknown) => {
    availability.answered()
    return answer
  }
  const fail = (error: unknown): never => {
    const isBusy = isGivenUp(error)
    if (!isDatabaseAway(error) && !isBusy && !isLoss(error)) throw error
    const away = error instanceof DatabaseAway ? error : awayBecause(error)
    const seen = witness.getStore()
    if (seen) seen.failure = away
    if (isBusy) availability.busy(away.message)
    else availability.lost(away.message)
    if (!isBusy) onLoss?.()
    throw away
  }
  return (...args) => {
    const answer = call(...args)
    return answer instanceof Promise ? answer.then(succeed, fail) : answer
  }
}

/** No SQLSTATE: the network. 08: connection lost, 53: too many connections, 57P: starting, stopping. */
function isLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|53|57P)/.test(error.code ?? '')
  return !(error instanceof TypeError)
}

/** Too slow, or in each other's way: 57014 is the limit of time, 40 a deadlock, 55P03 a lock not had. */
function isGivenUp(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(57014|40|55P03)/.test(error.code ?? '')
}

function awayBecause(cause: unknown): DatabaseAway {
  return new DatabaseAway(reasonOf(cause), { cause })
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
