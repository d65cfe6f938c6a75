import { withBody } from '../http/account-input.ts'
import { toCanonicalUri } from './redirect-uris.ts'
import { defaultScope } from './scopes.ts'

/**
 * Of OpenID Connect, which is not offered: they would have people sign in again and again. An
 * authorization server ignores what it does not know (RFC 6749 §3.1).
 */
const openIdParameters = ['max_age', 'claims', 'nonce']
const knownPrompts = ['none', 'consent']
/** RFC 7636 §4.2. */
const challengeForm = /^[A-Za-z0-9._~-]{43,128}$/

/** The API as clients name it: the resource itself, and the places where it is met. */
export function resourceNames(baseUrl: string): string[] {
  return [baseUrl, `${baseUrl}/`, `${baseUrl}/graphql`, `${baseUrl}/mcp`]
}

/**
 * The API is the one resource there is. Whatever name it is called by, and if it is not named at
 * all, a token is for it (RFC 8707 §2): so every token is a JWT with the same audience.
 */
export function completeAuthorization(request: Request, baseUrl: string): Request {
  const url = new URL(request.url)
  const { searchParams: params } = url
  replaceNulls(params)
  nameRedirectUri(params)
  for (const name of openIdParameters) params.delete(name)
  keepKnownPrompts(params)
  // Without one the provider sends the app away with invalid_request.
  if (!challengeForm.test(params.get('code_challenge') ?? '')) params.delete('code_challenge')
  if (!params.get('scope')?.trim()) params.set('scope', defaultScope)
  nameResource(params, baseUrl)
  if (!params.has('resource')) params.set('resource', baseUrl)
  const headers = new Headers(request.headers)
  // A redirect for everybody: to what looks like a script the provider would answer with JSON.
  for (const name of ['accept', 'sec-fetch-mode']) headers.delete(name)
  return new Request(url, { method: request.method, headers })
}

/**
 * A form, as RFC 6749 §4.1.3 has it; anything else is left for the provider to refuse. Made anew
 * in any case: the provider reads it twice, which a request of the server's adapter does not bear.
 */
export async function completeForm(request: Request, baseUrl: string): Promise<Request> {
  const type = request.headers.get('content-type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return request
  const form = new URLSearchParams(await request.text())
  replaceNulls(form)
  nameRedirectUri(form)
  nameResource(form, baseUrl)
  const completed = withBody(request, form.toString())
  if (hasNull(request.headers.get('authorization'))) completed.headers.set('authorization', 'Basic')
  return completed
}

/** Nothing that we know has null characters in it, and Postgres cannot look for them. */
function replaceNulls(params: URLSearchParams): void {
  for (const [name, value] of [...params]) {
    if (value.includes('\0')) params.set(name, value.replaceAll('\0', '\ufffd'))
  }
}

/** In the name or secret of HTTP Basic. */
function hasNull(authorization: string | null): boolean {
  const [, basic = ''] = /^Basic +(.+)$/i.exec(authorization ?? '') ?? []
  const credentials = Buffer.from(basic, 'base64').toString()
  return credentials.includes('\0') || credentials.includes('%00')
}

/** As it was registered, which the provider compares by the letter. */
function nameRedirectUri(params: URLSearchParams): void {
  const [uri, ...others] = params.getAll('redirect_uri')
  if (uri && others.length === 0) params.set('redirect_uri', toCanonicalUri(uri))
}

function keepKnownPrompts(params: URLSearchParams): void {
  const prompts = params.get('prompt')?.split(' ') ?? []
  const kept = prompts.filter((prompt) => knownPrompts.includes(prompt))
  params.delete('prompt')
  if (kept.length > 0) params.set('prompt', kept.join(' '))
}

function nameResource(params: URLSearchParams, baseUrl: string): void {
  const own = resourceNames(baseUrl)
  const named = params.getAll('resource').map((name) => (own.includes(name) ? baseUrl : name))
  params.delete('resource')
  for (const name of new Set(named)) params.append('resource', name)
}
