import { withBody } from '../http/account-input.ts'
import { toCanonicalUri } from './redirect-uris.ts'
import { defaultScope, findOfferedScopes } from './scopes.ts'

/**
 * Parameters of OpenID Connect, which is not offered. The provider would act on them and ask the
 * user to sign in again. An authorization server ignores unknown parameters (RFC 6749 §3.1).
 */
const openIdParameters = ['max_age', 'claims', 'nonce']
const knownPrompts = ['none', 'consent']
/** RFC 7636 §4.2. */
const challengePattern = /^[A-Za-z0-9._~-]{43,128}$/

/** The names of the API that clients may send as `resource`. */
export function resourceNames(baseUrl: string): string[] {
  return [baseUrl, `${baseUrl}/`, `${baseUrl}/graphql`, `${baseUrl}/mcp`]
}

/**
 * Prepares an authorization request for the provider. The API is the only resource: each of its
 * names, and no name, become the base URL (RFC 8707 §2), so every token is a JWT with the same
 * audience.
 */
export function completeAuthorization(request: Request, baseUrl: string): Request {
  const url = new URL(request.url)
  const { searchParams: params } = url
  replaceNulls(params)
  canonicalizeRedirectUri(params)
  for (const name of openIdParameters) params.delete(name)
  keepKnownPrompts(params)
  // Without a challenge, the provider redirects to the app with invalid_request.
  if (!challengePattern.test(params.get('code_challenge') ?? '')) params.delete('code_challenge')
  keepOfferedScopes(params)
  if (!params.get('scope')?.trim()) params.set('scope', defaultScope)
  canonicalizeResource(params, baseUrl)
  if (!params.has('resource')) params.set('resource', baseUrl)
  const headers = new Headers(request.headers)
  // The provider answers JSON to requests that look like a script's. Every client gets a redirect.
  for (const name of ['accept', 'sec-fetch-mode']) headers.delete(name)
  return new Request(url, { method: request.method, headers })
}

/**
 * Prepares a form of RFC 6749 §4.1.3 for the provider, which refuses other content types. Always
 * returns a new request, because the provider reads the body twice and the adapter's request allows
 * it once.
 */
export async function completeForm(request: Request, baseUrl: string): Promise<Request> {
  const type = request.headers.get('content-type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return request
  const form = new URLSearchParams(await request.text())
  replaceNulls(form)
  canonicalizeRedirectUri(form)
  if (form.get('grant_type') === 'refresh_token') keepOfferedScopes(form)
  canonicalizeResource(form, baseUrl)
  const completed = withBody(request, form.toString())
  if (hasNull(request.headers.get('authorization'))) completed.headers.set('authorization', 'Basic')
  return completed
}

/** No valid value has a null character, and Postgres fails on a query with one. */
function replaceNulls(params: URLSearchParams): void {
  for (const [name, value] of [...params]) {
    if (value.includes('\0')) params.set(name, value.replaceAll('\0', '\ufffd'))
  }
}

/** Whether the name or the secret of HTTP Basic has a null character. */
function hasNull(authorization: string | null): boolean {
  const [, basic = ''] = /^Basic +(.+)$/i.exec(authorization ?? '') ?? []
  const credentials = Buffer.from(basic, 'base64').toString()
  return credentials.includes('\0') || credentials.includes('%00')
}

/** Registration stores the canonical spelling, and the provider compares the exact text. */
function canonicalizeRedirectUri(params: URLSearchParams): void {
  const [uri, ...others] = params.getAll('redirect_uri')
  if (uri && others.length === 0) params.set('redirect_uri', toCanonicalUri(uri))
}

/**
 * If none of the requested scopes is offered, they stay, and the provider answers `invalid_scope`:
 * a client never gets a scope that it has not requested.
 */
function keepOfferedScopes(params: URLSearchParams): void {
  const offered = findOfferedScopes(params.get('scope') ?? '')
  if (offered !== undefined) params.set('scope', offered)
}

function keepKnownPrompts(params: URLSearchParams): void {
  const prompts = params.get('prompt')?.split(' ') ?? []
  const kept = prompts.filter((prompt) => knownPrompts.includes(prompt))
  params.delete('prompt')
  if (kept.length > 0) params.set('prompt', kept.join(' '))
}

function canonicalizeResource(params: URLSearchParams, baseUrl: string): void {
  const own = resourceNames(baseUrl)
  const named = params.getAll('resource').map((name) => (own.includes(name) ? baseUrl : name))
  params.delete('resource')
  for (const name of new Set(named)) params.append('resource', name)
}
