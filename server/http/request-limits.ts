import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { formatForPath, Refusal, sendRefusal } from './refusals.ts'

/** On every path, with Content-Length and with chunks. */
export const maxBodyBytes = 100_000

/**
 * Milliseconds, and bytes for `maxHeaderSize`. Much more than a slow client on a slow network
 * needs.
 */
export const serverTimes = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
} as const satisfies ServerOptions

/** Until the response begins. A statement of the database may take ten seconds. */
const maxAnswerMs = 15_000

/**
 * For reading the rest of a body that is too large: a client that is still sending does not read
 * the response.
 */
const maxLingerMs = 1_000

/**
 * Checks the size of the body. A chunked body is read to its end; a body with Content-Length stays
 * unread, because Node reads no more than that length.
 * @returns false when handling must stop: the body was too large and that is answered, or the
 * client has disconnected.
 */
export function takeBody(
  request: IncomingMessage,
  response: ServerResponse,
): boolean | Promise<boolean> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (length === undefined && encoding === undefined) return true
  if (Number(length ?? 0) > maxBodyBytes) return answerTooLarge(request, response)
  return encoding === undefined || takeChunks(request, response)
}

async function takeChunks(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const body = await readBody(request)
  if (body === 'TOO_LARGE') return answerTooLarge(request, response)
  if (body === 'GONE') return false
  // GraphQL Yoga and the other adapters read `request.body` before the request itself.
  Object.assign(request, { body: Readable.from(body) })
  return true
}

/** The chunks of a body. GONE: the client has disconnected. */
export type Body = Buffer[] | 'TOO_LARGE' | 'GONE'

export function readBody(request: IncomingMessage): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= maxBodyBytes) chunks.push(chunk)
        else resolve('TOO_LARGE')
      })
      .once('end', () => resolve(chunks))
      .once('error', () => resolve('GONE'))
  })
}

function answerTooLarge(request: IncomingMessage, response: ServerResponse): false {
  const message = `The body has more than ${maxBodyBytes} bytes. Send less in one request.`
  const refusal = new Refusal({ code: 'OPERATION_TOO_COMPLEX', message, status: 413 })
  const { headers, text } = formatForPath(request, refusal)
  response.writeHead(413, { ...headers, Connection: 'close' })
  response.write(text)
  const end = () => response.end()
  request.once('end', end).once('error', end).resume()
  setTimeout(end, maxLingerMs).unref()
  return false
}

/**
 * Answers 503 when the handler has not begun a response in time. The handler continues; its outcome
 * is unknown.
 * @returns a function to call when the response is closed.
 */
export function limitTime(
  request: IncomingMessage,
  response: ServerResponse,
  ms = maxAnswerMs,
): () => void {
  const timer = setTimeout(() => {
    if (!response.headersSent) sendRefusal(request, response, tooSlow(ms, request.id))
  }, ms)
  return () => clearTimeout(timer)
}

function tooSlow(ms: number, requestId: string): Refusal {
  return new Refusal({
    code: 'INTERNAL_SERVER_ERROR',
    message: `The request took longer than ${ms / 1000} seconds. It may have changed data: read again before you retry. If this continues, report request ${requestId}.`,
    status: 503,
    headers: { 'Retry-After': '5' },
    extensions: { requestId },
  })
}
