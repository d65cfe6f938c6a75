import { badUserInput, operationTooComplex } from '#schema/errors.ts'
import { chooseAllowedHeaders } from '../http/cross-origin.ts'
import { apiBounds, findExcess } from '../http/json-bounds.ts'

/**
 * Reads one message. The revisions since 2025-06-18 have no batches.
 * @throws badUserInput, operationTooComplex; both with 400.
 */
export async function readMessage(request: Request): Promise<unknown> {
  const message: unknown = await request.json().catch(() => undefined)
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
    const excess = findExcess('The message', message, apiBounds)
    if (excess === undefined) return message
    throw operationTooComplex(excess)
  }
  const error = badUserInput('Send one JSON-RPC message as the body, in JSON.')
  error.extensions.http = { status: 400 }
  throw error
}

/**
 * The request with an Accept of both types. The transports refuse a client that accepts only one,
 * although the answer is JSON in every case.
 */
export function acceptBoth({ url, method, headers }: Request): Request {
  const both = new Headers(headers)
  both.set('Accept', 'application/json, text/event-stream')
  return new Request(url, { method, headers: both })
}

const usualHeaders =
  'Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name'

/** Without sessions, a GET has nothing to stream and a DELETE has nothing to end. */
export function methodNotAllowed(): Response {
  return new Response('Send JSON-RPC messages by POST.\n', {
    status: 405,
    headers: { Allow: 'POST' },
  })
}

/**
 * CORS headers for pages of our own origin and of this machine. The handler has checked the origin.
 */
export function withCors(response: Response, { headers }: Request): Response {
  const origin = headers.get('origin')
  if (!origin) return response
  response.headers.set('Access-Control-Allow-Origin', origin)
  response.headers.set('Access-Control-Allow-Methods', 'POST')
  response.headers.set(
    'Access-Control-Allow-Headers',
    chooseAllowedHeaders(headers.get('access-control-request-headers'), usualHeaders),
  )
  response.headers.set('Access-Control-Expose-Headers', 'WWW-Authenticate, X-Request-Id')
  response.headers.set('Vary', 'Origin')
  return response
}
