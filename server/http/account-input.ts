import { operationTooComplex } from '#schema/errors.ts'
import { shorten } from '#schema/shorten.ts'
import { findExcess, type JsonBounds } from './json-bounds.ts'

/** Forms and query strings of OAuth have about 15 parameters. */
const maxParameters = 100

/** A registration has ten redirect addresses, and members that are ignored. */
const accountBounds: JsonBounds = { values: 500, depth: 10 }

/** Characters of an answer that is handed on as it is. */
const maxRefusal = 1_000

/**
 * Bounds what is sent to /api/auth before Better Auth and its schemas look at it: they check every
 * element of a list before they say that it is too long.
 * @returns the request to go on with, or the refusal.
 */
export async function boundAccountInput(request: Request): Promise<Request | Response> {
  const text = request.body ? await request.text() : undefined
  const excess =
    findTooMany('The query string', new URL(request.url).search) ??
    (text === undefined ? undefined : findExcessIn(text, request.headers))
  if (excess !== undefined) return refuse(request, excess)
  if (text === undefined) return request
  return withBody(request, text)
}

function findExcessIn(text: string, headers: Headers): string | undefined {
  const type = headers.get('content-type')?.toLowerCase() ?? ''
  if (type.startsWith('application/x-www-form-urlencoded')) return findTooMany('The form', text)
  return findExcess('The body', parseJson(text), accountBounds)
}

function findTooMany(name: string, parameters: string): string | undefined {
  const count = parameters === '' ? 0 : parameters.split('&', maxParameters + 1).length
  if (count <= maxParameters) return undefined
  return `${name} may have ${maxParameters} parameters, and has more.`
}

/** What is no JSON is refused by who reads it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** In the form of Better Auth, and in that of OAuth (RFC 6749 §5.2), whichever the client reads. */
function refuse({ url }: Request, excess: string): Response {
  const { message, extensions } = operationTooComplex(excess)
  const isOAuth = /^\/api\/auth\/(oauth2|token)\//.test(new URL(url).pathname)
  const oauth = { error: 'invalid_request', error_description: message }
  return Response.json({ code: extensions.code, message, ...(isOAuth && oauth) }, { status: 400 })
}

/** The same request with a body that can be read: a stream can be read only once. */
export function withBody({ url, method, headers, signal }: Request, body: string): Request {
  const ownHeaders = new Headers(headers)
  ownHeaders.delete('content-length')
  return new Request(url, { method, headers: ownHeaders, body, signal })
}

/** Cuts the texts of a long refusal: libraries repeat what was sent, once for each fault. */
export async function shortenRefusal(response: Response): Promise<Response> {
  const { status, headers } = response
  const isJson = headers.get('content-type')?.startsWith('application/json')
  if (status < 400 || !isJson) return response
  const text = await response.text()
  const body: unknown = text.length > maxRefusal ? cut(parseJson(text)) : undefined
  const own = new Headers(headers)
  if (body !== undefined) own.delete('content-length')
  return new Response(body === undefined ? text : JSON.stringify(body), { status, headers: own })
}

function cut(refusal: unknown): Record<string, string> {
  const texts = Object.entries(refusal ?? {}).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(texts.map(([name, text]) => [name, shorten(text)]))
}
