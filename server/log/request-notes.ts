import type { IncomingMessage, ServerResponse } from 'node:http'

/** `page`: our own page. `script`: an access token. `app`: a third-party app. */
export type CallerKind = 'page' | 'script' | 'app'

declare module 'node:http' {
  interface IncomingMessage {
    /** A time of performance.now(). */
    startedAt: number
    /** Of the executed GraphQL operation. The client chooses it. Undefined: it has none. */
    operationName: string | undefined
    /** Of the verified token. Undefined: there is none. */
    callerKind: CallerKind | undefined
    /** The code of the first error in the answer. */
    errorCode: string | undefined
  }
}

/** What the log and the metrics need to know of a request when it ends. Its handlers fill it in. */
export function startNotes(request: IncomingMessage): void {
  request.startedAt = performance.now()
  request.operationName = undefined
  request.callerKind = undefined
  request.errorCode = undefined
}

/** `OK`, `ABORTED` by the client, the code of the first error, or HTTP_ with the status. */
export function outcomeOf(
  { errorCode }: IncomingMessage,
  { statusCode, headersSent, writableFinished }: ServerResponse,
): string {
  if (errorCode !== undefined) return errorCode
  if (!headersSent && !writableFinished) return 'ABORTED'
  return statusCode < 400 ? 'OK' : `HTTP_${statusCode}`
}
