import { AsyncLocalStorage } from 'node:async_hooks'
import { disableWhenIdle } from './async-storage.ts'

/** The methods of a pino logger that db/ uses. */
export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>

/**
 * The database did not answer. A retry may succeed. The statement may have taken effect: a commit,
 * or its confirmation, can be lost on the network.
 */
export class DatabaseUnavailable extends Error {}

/** The database is reachable but overloaded. A retry may succeed. */
export class DatabaseBusy extends DatabaseUnavailable {}

/** Whether the error, or one of its causes, is DatabaseUnavailable. Libraries wrap errors. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return hasCause(error, DatabaseUnavailable)
}

/** The same for DatabaseBusy. */
export function isDatabaseBusy(error: unknown): boolean {
  return hasCause(error, DatabaseBusy)
}

export function hasCause(error: unknown, type: new (message: string) => Error): boolean {
  if (error instanceof type) return true
  return error instanceof Error && hasCause(error.cause, type)
}

const encountered = disableWhenIdle(new AsyncLocalStorage<{ failure?: DatabaseUnavailable }>())

/**
 * Runs work of a library that swallows database errors: Better Auth answers as if the row did not
 * exist.
 * @throws DatabaseUnavailable when a statement of the work failed with it, even if the work caught it.
 */
export async function requireDatabase<T>(work: () => Promise<T>): Promise<T> {
  const met: { failure?: DatabaseUnavailable } = {}
  const outcome = await encountered.run(met, work).catch((error: unknown) => {
    throw met.failure ?? error
  })
  if (met.failure) throw met.failure
  return outcome
}

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
      return recordFailure(new DatabaseBusy(reason))
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

/** Remembers the failure for requireDatabase. */
export function recordFailure<Failure extends DatabaseUnavailable>(failure: Failure): Failure {
  const met = encountered.getStore()
  if (met) met.failure = failure
  return failure
}

export type Availability = ReturnType<typeof createAvailability>

/** The message of an error for the log. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
