import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isFailureLogged, type Logger } from './log.ts'
import { outcomeOf, startNotes } from './request-notes.ts'

/** Longer paths are cut off. The paths of Taskward have fewer characters. */
const maxPathLength = 200
/** What proxies send: hexadecimal digits, UUIDs, Base64, or pairs such as Root=1-67891233-abc. */
const requestIdFormat = /^[\w.:=+/-]{1,128}$/

type RequestLogOptions = {
  log: Logger
  /** Whether each request has a line at `info`. A failure without another line always has one. */
  accessLog?: boolean
  /** Whether a trusted proxy has sent the request. */
  isFromProxy?: (request: IncomingMessage) => boolean
}

/**
 * Gives each request an id and a logger.
 * @returns a function to call when the response is closed. It writes the access line. Not pino-http,
 * whose child logger for each request costs more than all other work on the headers.
 */
export function createRequestLog(options: RequestLogOptions) {
  const { log, accessLog = true, isFromProxy = () => false } = options
  // Redaction would cost 20 µs a line. An access line has no member that could need it.
  const lineLog = log.child({}, { redact: [] })

  return (request: IncomingMessage, response: ServerResponse): (() => void) => {
    startNotes(request)
    request.id = (isFromProxy(request) ? findProxyId(request) : undefined) ?? randomUUID()
    request.log = log
    response.setHeader('X-Request-Id', request.id)
    return () => {
      const level = needsErrorLine(request, response) ? 'error' : 'info'
      if (level === 'error' || accessLog) lineLog[level](describe(request, response), 'Request')
    }
  }
}

/** A client could send the same id twice, so only that of a proxy counts. */
function findProxyId({ headers }: IncomingMessage): string | undefined {
  const id = headers['x-request-id']
  return typeof id === 'string' && requestIdFormat.test(id) ? id : undefined
}

/** The reason for an outage (503) is logged once, not for every request during it. */
function needsErrorLine(request: IncomingMessage, { statusCode }: ServerResponse): boolean {
  return statusCode >= 500 && statusCode !== 503 && !isFailureLogged(request)
}

/** The path is without the query string, which may hold a token that was sent in the wrong place. */
function describe(request: IncomingMessage, response: ServerResponse) {
  const { id, traceId, method, url = '', operationName, callerKind = 'none', startedAt } = request
  const dryRun = request.isDryRun || undefined
  return {
    requestId: id,
    traceId,
    method,
    path: url.split('?', 1)[0]?.slice(0, maxPathLength),
    operation: operationName,
    dryRun,
    callerKind, // not `caller`, which pino-pretty takes for a place in the source
    status: response.statusCode,
    outcome: outcomeOf(request, response),
    durationMs: Math.round(performance.now() - startedAt),
  }
}
