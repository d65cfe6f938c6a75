import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ErrorCode } from '#schema/errors.ts'

/** Bytes, on every path and however they are sent. */
export const maxBodyBytes = 100_000

/** Far more than the slowest honest client needs to send what it may send. */
export const serverTimes = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
} as const satisfies ServerOptions

/** For the answer to begin; a statement of the database has ten seconds. */
const answerMs = 15_000

/** For the rest of a body that is too large: whoever is still sending would not see the answer. */
const lingerMs = 1_000

/**
 * Reads a chunked body to its end, so that it is no larger than it may be before anybody looks at
 * it; one that tells its length cannot lie, and is left unread.
 * @returns false when there is nothing to go on with: it was too large and that is answered, or
 * the client is gone.
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
  // Where the libraries look before they read the request itself.
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
  const message = `The body may have ${maxBodyBytes} bytes, and has more. Send less at once.`
  const text = refusalOf(request, 'OPERATION_TOO_COMPLEX', message)
  response.writeHead(413, { ...headersOf(request, text), Connection: 'close' })
  response.write(text)
  const end = () => response.end()
  request.once('end', end).once('error', end).resume()
  setTimeout(end, lingerMs).unref()
  return false
}

/** Answers in the place of whoever takes too long to. What was begun goes on; what it comes to is not known. */
export function limitTime(request: IncomingMessage, response: ServerResponse, ms = answerMs): void {
  const timer = setTimeout(() => {
    if (response.headersSent) return
    const message = `There was no answer within ${ms / 1000} seconds. Whether anything was changed is not known: read again before you try again. If it goes on, report request ${request.id}.`
    const text = refusalOf(request, 'INTERNAL_SERVER_ERROR', message)
    response.writeHead(503, { ...headersOf(request, text), 'Retry-After': '5' }).end(text)
  }, ms)
  response.once('close', () => clearTimeout(timer))
}

type Refusal = { status: number; code: ErrorCode; message: string }

/** Answers before the request was worked on, and closes the connection: its body may be unread. */
export function answerRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message }: Refusal,
): void {
  const text = refusalOf(request, code, message)
  const headers = { ...headersOf(request, text), 'Retry-After': '1', Connection: 'close' }
  response.writeHead(status, headers).end(text)
}

/** In the form that each path refuses in. */
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
