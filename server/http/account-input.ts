import { operationTooComplex } from '#schema/errors.ts'
import { shorten } from '#schema/shorten.ts'
import { findExcess, type JsonBounds } from './json-bounds.ts'
import { answerAuth, Refusal } from './refusals.ts'

/** Of a form or a query string. Those of OAuth have about 15. */
const maxParameters = 100

/** The largest body is a client registration: ten redirect URIs, and members that are ignored. */
const accountBounds: JsonBounds = { values: 500, depth: 10 }

/** Characters. A longer refusal is shortened. */
const maxRefusalLength = 1_000

/**
 * Bounds the input of /api/auth before Better Auth validates it: its schemas check every element of
 * a list before they reject the list as too long.
 * @returns the request to continue with, or the refusal.
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
  return `${name} has more than ${maxParameters} parameters.`
}

/** Undefined: the text is not JSON. Better Auth refuses it later. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** In the format of Better Auth; on OAuth routes also in that of RFC 6749 §5.2. */
function refuse({ url }: Request, excess: string): Response {
  const refusal = Refusal.from(operationTooComplex(excess))
  const isOAuth = /^\/api\/auth\/(oauth2|token)\//.test(new URL(url).pathname)
  const oauth = { error: 'invalid_request', error_description: refusal.message }
  return answerAuth(refusal, isOAuth ? oauth : {})
}

/** The same request with a body that is not read yet: a stream can be read only once. */
export function withBody({ url, method, headers, signal }: Request, body: string): Request {
  const ownHeaders = new Headers(headers)
  ownHeaders.delete('content-length')
  return new Request(url, { method, headers: ownHeaders, body, signal })
}

/** Shortens the texts of a long refusal: libraries repeat the input once for each fault. */
export async function shortenRefusal(response: Response): Promise<Response> {
  const { status, headers } = response
  const isJson = headers.get('content-type')?.startsWith('application/json')
  if (status < 400 || !isJson) return response
  const text = await response.text()
  const body: unknown = text.length > maxRefusalLength ? shortenTexts(parseJson(text)) : undefined
  const ownHeaders = new Headers(headers)
  if (body !== undefined) ownHeaders.delete('content-length')
  return new Response(body === undefined ? text : JSON.stringify(body), {
    status,
    headers: ownHeaders,
  })
}

function shortenTexts(refusal: unknown): Record<string, string> {
  const texts = Object.entries(refusal ?? {}).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(texts.map(([name, text]) => [name, shorten(text)]))
}
