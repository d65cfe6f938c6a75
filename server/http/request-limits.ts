import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ErrorCode } from '#schema/errors.ts'

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
export async function takeBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (length === undefined && encoding === undefined) return true
  if (Number(length ?? 0) > maxBodyBytes) return answerTooLarge(request, response)
  if (encoding === undefined) return true
  const body = await readBody(request)
  if (body === 'TOO_LARGE') return answerTooLarge(request, response)
  if (body === 'GONE') return false
  // GraphQL Yoga and the other adapters read `request.body` before the request itself.
  Object.assign(request, { body: Readable.from(body) })
  return true
}

type Body = Buffer[] | 'TOO_LARGE' | 'GONE'

function readBody(request: IncomingMessage): Promise<Body> {
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
  const text = refusalOf(request, 'OPERATION_TOO_COMPLEX', message)
  response.writeHead(413, { ...headersOf(request, text), Connection: 'close' })
  response.write(text)
  const end = () => response.end()
  request.once('end', end).once('error', end).resume()
  setTimeout(end, maxLingerMs).unref()
  return false
}

/**
 * Answers 503 when the handler has not begun a response in time. The handler continues; its outcome
 * is unknown.
 */
export function limitTime(
  request: IncomingMessage,
  response: ServerResponse,
  ms = maxAnswerMs,
): void {
  const timer = setTimeout(() => {
    if (response.headersSent) return
    const message = `The request took longer than ${ms / 1000} seconds. It may have changed data: read again before you retry. If this continues, report request ${request.id}.`
    const text = refusalOf(request, 'INTERNAL_SERVER_ERROR', message)
    response.writeHead(503, { ...headersOf(request, text), 'Retry-After': '5' }).end(text)
  }, ms)
  response.once('close', () => clearTimeout(timer))
}

type Refusal = { status: number; code: ErrorCode; message: string }

/**
 * Refuses a request before it is handled, and closes the connection, because the body may be
 * unread.
 */
export function answerRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message }: Refusal,
): void {
  const text = refusalOf(request, code, message)
  const headers = { ...headersOf(request, text), 'Retry-After': '1', Connection: 'close' }
  response.writeHead(status, headers).end(text)
}

/** In the error format of the request's path. */
function refusalOf({ url, id }: IncomingMessage, code: string, message: string): string {
  if (!isGraphql(url)) return JSON.stringify({ code, message })
  const extensions = { code, ...(code === 'INTERNAL_SERVER_ERROR' && { requestId: id }) }
  return JSON.stringify({ errors: [{ message, extensions }] })
}

function headersOf({ url }: IncomingMessage, text: string): Record<string, string> {
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    ...(isGraphql(url) && { 'Access-Control-Allow-Origin': '*' }),
  }
}

function isGraphql(url: string | undefined): boolean {
  return url?.split('?', 1)[0] === '/graphql'
}
