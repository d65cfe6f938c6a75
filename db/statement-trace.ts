import { tracingChannel } from 'node:diagnostics_channel'

/** Statements under way. They share one round trip to the database. */
export type StatementTrace = {
  /** SQL. It may contain values as literals. */
  texts: string[]
  /** Set when the statements have failed. */
  error?: unknown
}

/** Where a tracing library learns of statements (node:diagnostics_channel). */
export const statementTraces = tracingChannel<unknown, StatementTrace>('taskward:statements')

/** Runs `work`, and reports it if anything subscribes. */
export function traceStatements<T>(texts: () => string[], work: () => Promise<T>): Promise<T> {
  if (!statementTraces.hasSubscribers) return work()
  return statementTraces.tracePromise(work, { texts: texts() })
}

type Call = (...args: unknown[]) => unknown

/**
 * Reports the calls of a `query` method that return a promise. A call with a callback, or with an
 * object that handles its results itself, comes from inside another call.
 */
export function traceCalls(query: Call): Call {
  return (...args) => {
    if (!statementTraces.hasSubscribers) return query(...args)
    const text = textOf(args[0])
    if (text === undefined || typeof args.at(-1) === 'function') return query(...args)
    return traceStatements(
      () => [text],
      () => query(...args) as Promise<unknown>,
    )
  }
}

function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement
  if (typeof statement !== 'object' || statement === null || 'submit' in statement) return undefined
  return 'text' in statement ? String(statement.text) : undefined
}
