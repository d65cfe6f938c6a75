import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import type { Log } from './log.ts'

/**
 * The database did not answer. Time may help. What was asked for may have happened all the same: a
 * commit can be lost on its way out or on its way back.
 */
export class DatabaseAway extends Error {}

/** The database is there, but has too much to do. Time may help. */
export class DatabaseBusy extends DatabaseAway {}

/** Whether this is the reason, however many libraries have wrapped it. */
export function isDatabaseAway(error: unknown): boolean {
  return hasCause(error, DatabaseAway)
}

export function isDatabaseBusy(error: unknown): boolean {
  return hasCause(error, DatabaseBusy)
}

export function hasCause(error: unknown, type: new (message: string) => Error): boolean {
  if (error instanceof type) return true
  return error instanceof Error && hasCause(error.cause, type)
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

const maxWaiting = 1_000
const calmMs = 1_000
/** Milliseconds between two lines of one kind about a busy database. */
const quietMs = 60_000

type Clock = () => number

/**
 * Tells the log once when the database is lost and once when it answers again, however many ask;
 * and now and then when it is busy.
 */
export function createAvailability(log: Log, now: Clock = () => performance.now()) {
  let wasThere = false // at the start, whoever waits for it tells
  let lostAt: number | undefined
  let failedAt = 0
  const warnRefused = createRareWarning(log, 'The database is busy', now)
  const warnGivenUp = createRareWarning(log, 'A statement was given up', now)
  return {
    lost(reason: string): void {
      if (!wasThere) return
      failedAt = now()
      if (lostAt === undefined) log.warn({ reason }, 'The database was lost')
      lostAt ??= failedAt
    },
    /** No connection was free for a statement. @returns what to throw. */
    refused(reason: string): DatabaseBusy {
      warnRefused(reason)
      return witnessed(new DatabaseBusy(reason))
    },
    givenUp: warnGivenUp,
    answered(): void {
      wasThere = true
      // Some may be answered while others fail: that would be told over and over.
      if (lostAt === undefined || now() - failedAt < calmMs) return
      log.info({ lostMillis: Math.round(failedAt - lostAt) }, 'The database answers again')
      lostAt = undefined
    },
  }
}

/** `count` in the line: how often it was called since the line before. */
function createRareWarning(log: Log, message: string, now: Clock) {
  let count = 0
  let quietUntil = 0
  return (reason: string): void => {
    count++
    if (now() < quietUntil) return
    log.warn({ reason, count }, message)
    quietUntil = now() + quietMs
    count = 0
  }
}

function witnessed<Failure extends DatabaseAway>(failure: Failure): Failure {
  const seen = witness.getStore()
  if (seen) seen.failure = failure
  return failure
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
  const connect = bounded(pool, pool.connect.bind(pool) as Call, availability)
  pool.connect = watch(connect) as typeof pool.connect
  pool.query = watch(pool.query.bind(pool) as Call) as typeof pool.query
  return pool
}

type Call = (...args: unknown[]) => unknown

function bounded(pool: pg.Pool, connect: Call, availability: Availability): Call {
  return (callback) => {
    if (pool.waitingCount < maxWaiting) return connect(callback)
    const refusal = availability.refused(`${maxWaiting} are waiting for a connection already`)
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
    if (error instanceof DatabaseAway) throw witnessed(error) // noticed by a call inside this one
    if (hasFoundNoneFree(error)) throw availability.refused(reasonOf(error))
    if (isGivenUp(error)) {
      availability.givenUp(reasonOf(error))
      throw witnessed(new DatabaseBusy(reasonOf(error), { cause: error }))
    }
    if (!isLoss(error)) throw error
    availability.lost(reasonOf(error))
    onLoss?.()
    throw witnessed(new DatabaseAway(reasonOf(error), { cause: error }))
  }
  return (...args) => {
    const answer = call(...args)
    return answer instanceof Promise ? answer.then(succeed, fail) : answer
  }
}

/** So pg-pool says that all connections were in use for as long as one waits for them. */
function hasFoundNoneFree(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect'
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

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
