import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import type { Log } from './log.ts'

/**
 * The database did not answer. A retry may succeed. The statement may have taken effect: a commit,
 * or its confirmation, can be lost on the network.
 */
export class DatabaseAway extends Error {}

/** The database is reachable but overloaded. A retry may succeed. */
export class DatabaseBusy extends DatabaseAway {}

/** Whether the error, or one of its causes, is DatabaseAway. Libraries wrap errors. */
export function isDatabaseAway(error: unknown): boolean {
  return hasCause(error, DatabaseAway)
}

/** The same for DatabaseBusy. */
export function isDatabaseBusy(error: unknown): boolean {
  return hasCause(error, DatabaseBusy)
}

export function hasCause(error: unknown, type: new (message: string) => Error): boolean {
  if (error instanceof type) return true
  return error instanceof Error && hasCause(error.cause, type)
}

const encountered = new AsyncLocalStorage<{ failure?: DatabaseAway }>()

/**
 * Runs work of a library that swallows database errors: Better Auth answers as if the row did not
 * exist.
 * @throws DatabaseAway when a statement of the work failed with it, even if the work caught it.
 */
export async function requireDatabase<T>(work: () => Promise<T>): Promise<T> {
  const met: { failure?: DatabaseAway } = {}
  const outcome = await encountered.run(met, work).catch((error: unknown) => {
    throw met.failure ?? error
  })
  if (met.failure) throw met.failure
  return outcome
}

const maxWaiting = 1_000
/** Time without a failure after which the database counts as available again. */
const recoveryMs = 1_000
/** Minimum time between two log lines of one kind about a busy database. */
const logIntervalMs = 60_000

type Clock = () => number

/**
 * Logs once when the database becomes unavailable and once when it is available again, however many
 * statements fail. Logs a busy database at most once a minute.
 */
export function createAvailability(log: Log, now: Clock = () => performance.now()) {
  let hasAnswered = false // at the start, openDatabase logs that it waits
  let lostAt: number | undefined
  let failedAt = 0
  const warnRefused = createRareWarning(log, 'The database is busy', now)
  const warnAborted = createRareWarning(log, 'A statement was aborted', now)
  return {
    lost(reason: string): void {
      if (!hasAnswered) return
      failedAt = now()
      if (lostAt === undefined) log.warn({ reason }, 'The database is unavailable')
      lostAt ??= failedAt
    },
    /** No connection was free for a statement. @returns the error to throw. */
    refused(reason: string): DatabaseBusy {
      warnRefused(reason)
      return recorded(new DatabaseBusy(reason))
    },
    aborted: warnAborted,
    answered(): void {
      hasAnswered = true
      // While some statements fail and others succeed, this would be logged again and again.
      if (lostAt === undefined || now() - failedAt < recoveryMs) return
      log.info({ lostMillis: Math.round(failedAt - lostAt) }, 'The database is available again')
      lostAt = undefined
    },
  }
}

/** `count` in the line: the number of calls since the previous line. */
function createRareWarning(log: Log, message: string, now: Clock) {
  let count = 0
  let nextLineAt = 0
  return (reason: string): void => {
    count++
    if (now() < nextLineAt) return
    log.warn({ reason, count }, message)
    nextLineAt = now() + logIntervalMs
    count = 0
  }
}

function recorded<Failure extends DatabaseAway>(failure: Failure): Failure {
  const met = encountered.getStore()
  if (met) met.failure = failure
  return failure
}

export type Availability = ReturnType<typeof createAvailability>

/**
 * A pool that throws DatabaseAway when the database does not answer. Its queue is bounded: when it
 * is full, a call fails immediately instead of waiting.
 */
export function createPool(config: pg.PoolConfig, availability: Availability): pg.Pool {
  const pool = new pg.Pool(config)
  const watch = (call: Call, onLoss?: () => void) => watchCall(call, availability, onLoss)
  pool.on('error', ({ message }) => availability.lost(message))
  pool.on('connect', (client) => {
    // A client in use emits the loss of its connection itself. An unhandled 'error' event would
    // end the process.
    client.on('error', ({ message }) => availability.lost(message))
    // An ended client is not reused: its statement may still be running.
    const end = () => void client.end().catch(() => {})
    client.query = watch(client.query.bind(client) as Call, end) as typeof client.query
  })
  const connect = boundQueue(pool, pool.connect.bind(pool) as Call, availability)
  pool.connect = watch(connect) as typeof pool.connect
  pool.query = watch(pool.query.bind(pool) as Call) as typeof pool.query
  return pool
}

type Call = (...args: unknown[]) => unknown

function boundQueue(pool: pg.Pool, connect: Call, availability: Availability): Call {
  return (callback) => {
    if (pool.waitingCount < maxWaiting) return connect(callback)
    const refusal = availability.refused(`${maxWaiting} statements already wait for a connection`)
    return typeof callback === 'function' ? callback(refusal) : Promise.reject(refusal)
  }
}

/** A call with a callback returns no promise. It comes from inside a call that returns one. */
function watchCall(call: Call, availability: Availability, onLoss?: () => void): Call {
  const succeed = (answer: unknown) => {
    availability.answered()
    return answer
  }
  const fail = (error: unknown): never => {
    if (error instanceof DatabaseAway) throw recorded(error) // an inner call has handled it
    if (isPoolTimeout(error)) throw availability.refused(reasonOf(error))
    if (isAborted(error)) {
      availability.aborted(reasonOf(error))
      throw recorded(new DatabaseBusy(reasonOf(error), { cause: error }))
    }
    if (!isLoss(error)) throw error
    availability.lost(reasonOf(error))
    onLoss?.()
    throw recorded(new DatabaseAway(reasonOf(error), { cause: error }))
  }
  return (...args) => {
    const answer = call(...args)
    return answer instanceof Promise ? answer.then(succeed, fail) : answer
  }
}

/** The error of pg-pool when no connection became free within connectionTimeoutMillis. */
function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect'
}

/** No SQLSTATE: network. 08: connection lost. 53: too many connections. 57P: starting or stopping. */
function isLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|53|57P)/.test(error.code ?? '')
  return !(error instanceof TypeError)
}

/** 57014: statement timeout. 40: deadlock or serialization failure. 55P03: lock timeout. */
function isAborted(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(57014|40|55P03)/.test(error.code ?? '')
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
