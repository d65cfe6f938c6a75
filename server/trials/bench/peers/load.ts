import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/**
 * `refused`: answers with errors or without data. `lost`: requests without an answer. `example`: one
 * of either. Times in ms.
 */
export type Outcome = {
  answered: number
  refused: number
  lost: number
  example?: string
  perSecond: number
  p50: number
  p99: number
}

export type Load = {
  /** Keeps the requests of an operation under a key. `entries`: pairs of a token and variables. */
  prepare: (
    key: string,
    operation: { operationName: string; document: string },
    entries: [string, object][],
  ) => Promise<void>
  /** Sends `count` requests over `connections`; each waits for its answer before the next. */
  closed: (options: ClosedLoad) => Promise<Outcome>
  /** Sends at a constant rate. */
  open: (options: OpenLoad) => Promise<Outcome>
  stop: () => Promise<void>
}

type Target = { keys: string[]; url: string; connections: number }
type ClosedLoad = Target & { count: number }
type OpenLoad = Target & { perSecond: number; seconds: number }

/** Starts programs/load.mjs. */
export function startLoad(): Load {
  const child = fork(join(import.meta.dirname, 'programs/load.mjs'), { execArgv: [] })
  return {
    prepare: async (key, operation, entries) => {
      await ask(child, { command: 'prepare', key, operation, entries })
    },
    closed: (options) => ask(child, { command: 'closed', ...options }),
    open: (options) => ask(child, { command: 'open', ...options }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
}

async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  const settled = new AbortController()
  const { signal } = settled
  child.send(message)
  const ended = once(child, 'exit', { signal }).then(() => [{ error: 'The load generator ended.' }])
  const [{ result, error }] = await Promise.race([once(child, 'message', { signal }), ended])
  ended.catch(() => {}) // it is aborted when the message has come
  settled.abort()
  if (error) throw new Error(error)
  return result
}
