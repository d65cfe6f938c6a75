import { type Account, type App, jsonHeaders } from './app.ts'

export type AccessToken = {
  id: string
  name: string
  scopes: string[]
  start: string
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
}

/** Posts with the session cookie, as the page does. */
export function postAccessToken(
  app: App,
  { cookie }: Pick<Account, 'cookie'>,
  path: 'create' | 'revoke',
  body: object,
): Promise<Response> {
  return app.request(`/api/auth/access-token/${path}`, {
    method: 'POST',
    headers: { ...jsonHeaders, cookie },
    body: JSON.stringify(body),
  })
}

/** Creates an access token; the result includes the token itself. `limits`: of the brake. */
export async function makeAccessToken(
  app: App,
  account: Account,
  scopes: string[],
  limits: object = {},
): Promise<AccessToken & { token: string }> {
  const input = { name: 'A script', scopes, ...limits }
  const response = await postAccessToken(app, account, 'create', input)
  return response.json() as Promise<AccessToken & { token: string }>
}

export async function listAccessTokens(app: App, { cookie }: Account): Promise<AccessToken[]> {
  const response = await app.request('/api/auth/access-token/list', { headers: { cookie } })
  return response.json() as Promise<AccessToken[]>
}

/** Exchanges an access token for a JWT. */
export async function jwtOf(app: App, accessToken: string): Promise<string> {
  const headers = { Authorization: `Bearer ${accessToken}` }
  const response = await app.request('/api/auth/token', { headers })
  return ((await response.json()) as { token: string }).token
}

export type Exchanged = Record<string, unknown> & { access_token: string }

export const exchangeType = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const tokenType = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
}

/** Exchanges a token for a narrower one (RFC 8693). */
export function exchange(
  app: App,
  subjectToken: string,
  parameters: Record<string, string> = {},
): Promise<Response> {
  return app.request('/api/auth/token/exchange', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: exchangeType,
      subject_token: subjectToken,
      subject_token_type: tokenType.accessToken,
      ...parameters,
    }),
  })
}

export async function narrowed(
  app: App,
  subjectToken: string,
  parameters: Record<string, string> = {},
): Promise<string> {
  const response = await exchange(app, subjectToken, parameters)
  return ((await response.json()) as Exchanged).access_token
}
