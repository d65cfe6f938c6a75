import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import pino, { type DestinationStream, type LogFn, type Logger } from 'pino'
import pretty from 'pino-pretty'
import { disableWhenIdle } from '#db/async-storage.ts'

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

/** Removes access tokens and secrets of apps. */
export function redactSecrets(text: string): string {
  return text.replace(ownSecrets, 'taskward_[redacted]')
}

/**
 * The message of a failed query repeats its parameters, which hold the users' data. The error of
 * the database is logged instead.
 */
function serializeError(error: Error) {
  return pino.stdSerializers.err(
    'params' in error && error.cause instanceof Error ? error.cause : error,
  )
}

/** Requests whose failure has a line in the log. */
const failed = new WeakSet<IncomingMessage>()
const answered = disableWhenIdle(new AsyncLocalStorage<IncomingMessage>())
const errorLevel = pino.levels.values.error ?? 50

/** Errors that a library logs during `work` count as the failure of the request. */
export function attributeErrors<T>(request: IncomingMessage, work: () => T): T {
  return answered.run(request, work)
}

function noteErrors(this: Logger, args: Parameters<LogFn>, write: LogFn, level: number): void {
  const request = level >= errorLevel ? answered.getStore() : undefined
  if (request) failed.add(request)
  write.apply(this, args)
}

/**
 * JSON in production, readable lines elsewhere. Default destination: the standard output, without a
 * thread: handing a line to one costs more than the write, and a crash loses what it has not written.
 */
export function createLog(
  { isProduction, logLevel }: LogOptions,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
) {
  const options = {
    level: logLevel,
    redact: { paths, censor: '[redacted]' },
    hooks: {
      streamWrite: redactSecrets,
      logMethod: noteErrors,
    },
    serializers: { err: serializeError },
  }
  if (isProduction) return pino(options, destination)
  const ignore = 'pid,hostname,req'
  const format = { ignore, singleLine: true, translateTime: 'SYS:HH:MM:ss' }
  return pino(options, pretty({ ...format, sync: true, destination }))
}

declare module 'node:http' {
  interface IncomingMessage {
    /** Sent as X-Request-Id and in errors. */
    id: string
    log: Logger
  }
}

/** Whether a line at `error` has been written during the request. */
export function isFailureLogged(request: IncomingMessage): boolean {
  return failed.has(request)
}

/** Logs a bug with its stack and the id that the client gets. */
export function logFailure(request: IncomingMessage, err: unknown): void {
  failed.add(request)
  const { id: requestId, traceId } = request
  const fields = { err, req: describeRequest(request), requestId, traceId }
  request.log.error(fields, 'A request failed unexpectedly')
}

/** Without the query string, which may hold a token that was sent in the wrong place. */
function describeRequest({ id, method, url }: IncomingMessage) {
  return { id, method, path: url?.split('?', 1)[0] }
}
