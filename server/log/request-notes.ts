import type { IncomingMessage, ServerResponse } from 'node:http'

/** `page`: our own page. `script`: an access token. `app`: a third-party app. */
export type CallerKind = 'page' | 'script' | 'app'

declare module 'node:http' {
  interface IncomingMessage {
    /** A time of performance.now(). */
    startedAt: number
    /** Of the executed GraphQL operation. The client chooses it. Undefined: it has none. */
    operationName: string | undefined
    /** `query`, `mutation` or `subscription`. Undefined: no operation was executed. */
    operationType: string | undefined
    /** Whether it is a mutation that was executed without effect (extensions.dryRun). */
    isDryRun: boolean
    /** Of the verified token. Undefined: there is none. */
    callerKind: CallerKind | undefined
    /** The code of the first error in the answer. */
    errorCode: string | undefined
    /** Of the trace that the request belongs to. Undefined: traces are off. */
    traceId: string | undefined
  }
}

/** What the log, the metrics and the traces need to know of a request when it ends. Its handlers fill it in. */
export function startNotes(request: IncomingMessage): void {
  request.startedAt = performance.now()
  request.operationName = undefined
  request.operationType = undefined
  request.isDryRun = false
  request.callerKind = undefined
  request.errorCode = undefined
  request.traceId = undefined
}

/** `operation`: the part of the document that is executed. Undefined: the document has none. */
export function noteOperation(request: IncomingMessage, operation: Operation | undefined): void {
  request.operationName = operation?.name?.value
  request.operationType = operation?.operation
}

type Operation = { operation: string; name?: { value: string } }

/** `OK`, `ABORTED` by the client, the code of the first error, or HTTP_ with the status. */
export function outcomeOf(
  { errorCode }: IncomingMessage,
  { statusCode, headersSent, writableFinished }: ServerResponse,
): string {
  if (errorCode !== undefined) return errorCode
  if (!headersSent && !writableFinished) return 'ABORTED'
  return statusCode < 400 ? 'OK' : `HTTP_${statusCode}`
}
