import * as client from 'openid-client'
import type { ConnectedApp } from '../oauth/connected-apps.ts'
import { postAuth } from './accounts.ts'
import type { Account, App } from './app.ts'

/** Loopback, as for an app on the user's computer; no server listens there. */
export const redirectUri = 'http://127.0.0.1:9/callback'

const insecure: client.DynamicClientRegistrationRequestOptions = {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
}

/** As for an app on the web; no request is sent there. */
export const webRedirectUri = 'https://notes.example.com/callback'

/** A registered third-party app that uses a third-party OAuth library. */
export type ForeignApp = {
  config: client.Configuration
  clientId: string
  /** The authorization URL, with the verifier and state for the callback. */
  begin: (params?: Record<string, string>) => Promise<Beginning>
  /** Exchanges the code of the callback URL for tokens. */
  finish: (beginning: Beginning, callbackUrl: string) => Promise<Tokens>
  refresh: (tokens: Tokens, params?: Record<string, string>) => Promise<Tokens>
  /** The whole flow, with a user who allows everything. */
  connect: (person: Account, params?: Record<string, string>) => Promise<Tokens>
}

export type Beginning = { url: string; verifier: string; state: string }
export type Tokens = client.TokenEndpointResponse

export async function registerApp(
  app: App,
  metadata: Partial<client.ClientMetadata> = {},
  authentication: client.ClientAuth = client.None(),
): Promise<ForeignApp> {
  const config = await client.dynamicClientRegistration(
    new URL(app.url),
    {
      client_name: 'Notebook',
      redirect_uris: [redirectUri, webRedirectUri],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      ...metadata,
    },
    authentication,
    insecure,
  )
  const foreign: ForeignApp = {
    config,
    clientId: config.clientMetadata().client_id,
    begin: (params) => begin(config, params),
    finish: ({ verifier, state }, callbackUrl) =>
      client.authorizationCodeGrant(config, new URL(callbackUrl), {
        pkceCodeVerifier: verifier,
        expectedState: state,
      }),
    refresh: ({ refresh_token = '' }, params) =>
      client.refreshTokenGrant(config, refresh_token, params),
    async connect(person, params) {
      const beginning = await foreign.begin(params)
      return foreign.finish(beginning, await allow(app, person, beginning.url))
    },
  }
  return foreign
}

async function begin(
  config: client.Configuration,
  params: Record<string, string> = {},
): Promise<Beginning> {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const { href: url } = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'tasks:read',
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...params,
  })
  return { url, verifier, state }
}

/** Where the server redirects the browser. Without `person` the browser is not signed in. */
export async function open(app: App, url: string, person?: Account): Promise<string> {
  const { pathname, search } = new URL(url)
  const response = await app.request(pathname + search, {
    redirect: 'manual',
    headers: person ? { cookie: person.cookie } : {},
  })
  return response.headers.get('location') ?? `answered ${response.status}`
}

/** Sends the user's decision, as the consent page does. `limits`: of the brake. */
export function decide(
  app: App,
  person: Account,
  consentPage: string,
  accept: boolean,
  limits: object = {},
): Promise<Response> {
  const { search } = new URL(consentPage, app.url)
  const body = { accept, oauth_query: search.slice(1), ...limits }
  return post(app, person, '/oauth2/consent', body)
}

/** Opens the authorization URL as a user who allows everything. Answers the callback URL. */
export async function allow(app: App, person: Account, url: string): Promise<string> {
  const location = await open(app, url, person)
  if (!location.startsWith('/oauth/consent?')) return location
  const { url: back } = (await (await decide(app, person, location, true)).json()) as {
    url: string
  }
  return back
}

/** Posts to a route below /api/auth with the session cookie. */
export function post(
  app: App,
  { cookie }: Pick<Account, 'cookie'>,
  path: string,
  body: object,
): Promise<Response> {
  return postAuth(app, path, body, { cookie })
}

export async function listConnectedApps(
  app: App,
  { cookie }: Pick<Account, 'cookie'>,
): Promise<ConnectedApp[]> {
  const response = await app.request('/api/auth/connected-app/list', { headers: { cookie } })
  return response.json() as Promise<ConnectedApp[]>
}

/** The id of the only app that the user has connected. */
export async function connectedAppId(app: App, person: Pick<Account, 'cookie'>): Promise<string> {
  const [only, ...others] = await listConnectedApps(app, person)
  if (!only || others.length > 0) throw new Error('The user has not connected exactly one app.')
  return only.id
}

export type Redeemed = { status: number; body: { error?: string; access_token?: string } }

/** Posts to the token endpoint without a library, to send invalid requests. */
export async function redeem(app: App, fields: Record<string, string | null>): Promise<Redeemed> {
  const form = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: redirectUri })
  for (const [name, value] of Object.entries(fields)) if (value !== null) form.set(name, value)
  const response = await app.request('/api/auth/oauth2/token', { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as Redeemed['body'] }
}

/** The OAuth `error` of a rejected promise; undefined if it resolves. */
export function errorOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error) =>
      error instanceof client.ResponseBodyError ? error.error : String(error.code ?? error),
  )
}
