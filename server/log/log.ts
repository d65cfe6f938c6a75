import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import pino, { type DestinationStream, type LogFn, type Logger } from 'pino'
import { pinoHttp } from 'pino-http'
import pretty from 'pino-pretty'

export type { Logger }

/** `logLevel`: a level of pino, or silent. */
type LogOptions = { isProduction: boolean; logLevel: string }

/** Members that are removed from every log line, at each of the four depths below. */
const secrets = ['authorization', 'cookie', '["set-cookie"]', 'password', 'token', 'secret']
const depths = ['', '*.', '*.*.', '*.*.*.']
const paths = secrets.flatMap((name) =>
  depths.map((depth) => (name.startsWith('[') ? depth.replace(/\.$/, '') + name : depth + name)),
)

/**
 * An access token or a secret of an app, anywhere in a line: also in a path or an error message.
 */
const ownSecrets = /taskward_[\w-]{12,}/g

/**
 * The message of a failed query repeats its parameters, which hold the users' data. The error of
 * the database is logged instead.
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

/** JSON in production, readable lines elsewhere. Default destination: the standard output. */
export function createLog(
  { isProduction, logLevel }: LogOptions,
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

/**
 * Gives each request an id (sent as `X-Request-Id` and in errors) and a logger that adds it to each
 * line.
 */
export function createRequestLog(log: Logger) {
  const requests = new WeakMap<IncomingMessage, Answered>()
  const logRequest = pinoHttp({
    logger: log,
    genReqId: (_request, response) => {
      const id = randomUUID() // a client could send the same id twice
      response.setHeader('X-Request-Id', id)
      return id
    },
    wrapSerializers: false, // else pino-http serializes the whole error before ours runs
    // Without the query string, which may hold a token that was sent in the wrong place.
    serializers: {
      err: serializeError,
      req: ({ id, method, url }: IncomingMessage) => ({ id, method, path: url?.split('?', 1)[0] }),
      res: ({ statusCode }: ServerResponse) => ({ statusCode }),
    },
    customLogLevel: (request, { statusCode }, error) => {
      // The failure has a line already; this one only adds that the status was 500.
      if (requests.get(request)?.hasFailed) return 'debug'
      // The reason for an outage is logged once, not for every request during it.
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
