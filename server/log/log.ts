import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import pino, { type DestinationStream, type LogFn, type Logger } from 'pino'
import { pinoHttp } from 'pino-http'
import pretty from 'pino-pretty'
import type { Env } from '../env.ts'

export type { Logger }

/** What must never reach a log, at whatever depth a request or an error carries it. */
const secrets = ['authorization', 'cookie', '["set-cookie"]', 'password', 'token', 'secret']
const depths = ['', '*.', '*.*.', '*.*.*.']
const paths = secrets.flatMap((name) =>
  depths.map((depth) => (name.startsWith('[') ? depth.replace(/\.$/, '') + name : depth + name)),
)

/** An access token, or a secret of an app, wherever somebody has put it: a name, an address, a fault. */
const ownSecrets = /taskward_[\w-]{12,}/g

/**
 * A failed query's message repeats its parameters, which are what people wrote: the database's own
 * complaint stands in for it.
 */
function serializeError(error: Error) {
  return pino.stdSerializers.err(
    'params' in error && error.cause instanceof Error ? error.cause : error,
  )
}

/** The request that is being answered, and whether its failure is in the log. */
type Answered = { hasFailed: boolean }
const answered = new AsyncLocalStorage<Answered>()
const errorLevel = pino.levels.values.error ?? 50

function noteErrors(this: Logger, args: Parameters<LogFn>, write: LogFn, level: number): void {
  const request = answered.getStore()
  if (request && level >= errorLevel) request.hasFailed = true
  write.apply(this, args)
}

/** JSON in production, readable lines elsewhere; to the standard output unless told otherwise. */
export function createLog(
  { isProduction, logLevel }: Pick<Env, 'isProduction' | 'logLevel'>,
  destination: DestinationStream = pino.destination(1),
) {
  const options = {
    level: logLevel,
    redact: { paths, censor: '[redacted]' },
    hooks: {
      streamWrite: (line: string) => line.replace(ownSecrets, 'taskward_[redacted]'),
      logMethod: noteErrors,
    },
    serializers: { err: serializeError },
  }
  if (isProduction) return pino(options, destination)
  const ignore = 'pid,hostname,req,res,responseTime'
  return pino(options, pretty({ ignore, translateTime: 'SYS:HH:MM:ss', sync: true, destination }))
}

/** Gives each request an id (`X-Request-Id`, and in errors) and a log of its own that carries it. */
export function createRequestLog(log: Logger) {
  const requests = new WeakMap<IncomingMessage, Answered>()
  const logRequest = pinoHttp({
    logger: log,
    genReqId: (_request, response) => {
      const id = randomUUID() // never the client's, who could make two requests look like one
      response.setHeader('X-Request-Id', id)
      return id
    },
    wrapSerializers: false, // else its own has put the whole error in the log before ours is asked
    // The query string may hold anything, even a token sent in the wrong place.
    serializers: {
      err: serializeError,
      req: ({ id, method, url }: IncomingMessage) => ({ id, method, path: url?.split('?', 1)[0] }),
      res: ({ statusCode }: ServerResponse) => ({ statusCode }),
    },
    customLogLevel: (request, { statusCode }, error) => {
      // What went wrong has a line already; this one only adds that the answer was a 500.
      if (requests.get(request)?.hasFailed) return 'debug'
      // Why nothing can be served is told once, and not for each who asks meanwhile.
      if (statusCode === 503) return 'debug'
      return error || statusCode >= 500 ? 'error' : 'debug'
    },
  })
  return (request: IncomingMessage, response: ServerResponse): void => {
    const state: Answered = { hasFailed: false }
    requests.set(request, state)
    answered.enterWith(state)
    logRequest(request, response)
  }
}
