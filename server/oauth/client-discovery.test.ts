import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { afterAll, describe, expect, onTestFinished } from 'vitest'
import { type App, startApp, startBeside } from '../testing/app.ts'
import { authBeside } from '../testing/auth.ts'
import { answerJson, publicAddress, startDocumentServer } from '../testing/document-server.ts'
import { recordLog } from '../testing/log.ts'
import {
  allow,
  decide,
  listConnectedApps,
  open,
  post,
  redeem,
  redirectUri,
  webRedirectUri,
} from '../testing/oauth.ts'
import { it as base } from '../testing/test.ts'
import { createDocumentFetch, type FetchDocument } from './document-fetch.ts'
import { createRegistrationSweep } from './unused-registrations.ts'

const { log, lines } = recordLog()

const server = await startDocumentServer()
afterAll(server.close)
const fetchDocument = createDocumentFetch({
  resolve: async () => [publicAddress],
  agent: server.agent,
})
const it = base.extend('app', { scope: 'file' }, async ({ variables }, { onCleanup }) => {
  const app = await startApp({ variables, log, fetchDocument })
  onCleanup(app.close)
  return app
})

/** Serves the document of a client, with changes. Answers its URL. */
function publish(document: object = {}, headers: Record<string, string> = {}): string {
  const path = `/${crypto.randomUUID()}/client.json`
  const clientId = server.urlOf(path)
  server.answers[path] = answerJson({ ...metadata, client_id: clientId, ...document }, headers)
  return clientId
}

const metadata = {
  client_name: 'Notebook',
  redirect_uris: [redirectUri, webRedirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}

/** RFC 7636 appendix B. */
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

function authorizationUrl(app: App, clientId: string, params: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: webRedirectUri,
    response_type: 'code',
    scope: 'tasks:read offline_access',
    state: 'a state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...params,
  })
  return `${app.url}/api/auth/oauth2/authorize?${query}`
}

async function listRows({ pool }: App, clientId: string) {
  const { rows } = await pool.query(
    `select name, "redirectUris"::jsonb as "redirectUris", "clientSecret", "clientDiscoveryId"
     from "oauthClient" where "clientId" = $1`,
    [clientId],
  )
  return rows
}

const pathsOf = (requests: string[], clientId: string) =>
  requests.filter((path) => clientId.endsWith(path))

/** An assistant that publishes its metadata and cannot register. */
function createProvider(clientMetadataUrl: string) {
  const stored: Record<string, unknown> = {}
  const asked: URL[] = []
  const keep = (name: string) => (value: unknown) => {
    stored[name] = value
  }
  const provider = {
    redirectUrl: redirectUri,
    clientMetadataUrl,
    clientMetadata: metadata,
    clientInformation: () => stored.client,
    saveClientInformation: keep('client'),
    tokens: () => stored.tokens,
    saveTokens: keep('tokens'),
    codeVerifier: () => stored.verifier,
    saveCodeVerifier: keep('verifier'),
    discoveryState: () => stored.discovery,
    saveDiscoveryState: keep('discovery'),
    redirectToAuthorization: (url: URL) => void asked.push(url),
  } as OAuthClientProvider
  return { provider, asked }
}

describe('a client whose id is the URL of its metadata', () => {
  it('connects as an assistant that knows only the URL of /mcp', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await ada.createTask({ title: 'Buy milk' })
    const { provider, asked } = createProvider(publish())
    const openTransport = () =>
      new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`), { authProvider: provider })
    const client = new Client({ name: 'assistant', version: '1.0.0' })
    await expect(client.connect(openTransport())).rejects.toThrow(/unauthorized/i)
    const callbackUrl = await allow(app, ada, asked[0]?.href ?? '')
    await openTransport().finishAuth(new URL(callbackUrl).searchParams)
    const second = new Client({ name: 'assistant', version: '1.0.0' })
    await second.connect(openTransport())
    const { structuredContent } = await second.callTool({ name: 'list_tasks' })
    expect(structuredContent).toMatchObject({ tasks: { nodes: [{ title: 'Buy milk' }] } })
    await second.close()
  })

  it('is shown with the host that publishes it, before consent and after', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const clientId = publish()
    const publisher = new URL(clientId).host
    const consentPage = await open(app, authorizationUrl(app, clientId), ada)
    const { search } = new URL(consentPage, app.url)
    const request = await post(app, ada, '/oauth2/request', { oauth_query: search.slice(1) })
    expect(await request.json()).toMatchObject({
      app: { name: 'Notebook', publisher, redirectUri: webRedirectUri },
    })
    await decide(app, ada, consentPage, true)
    expect(await listConnectedApps(app, ada)).toMatchObject([
      { app: { name: 'Notebook', publisher } },
    ])
  })

  it('is stored once and recorded once, with no secret', async ({ app }) => {
    const clientId = publish()
    const url = authorizationUrl(app, clientId)
    const locations = await Promise.all(Array.from({ length: 8 }, () => open(app, url)))
    expect(new Set(locations.map((one) => one.split('?', 1)[0]))).toEqual(new Set(['/sign-in']))
    expect(await listRows(app, clientId)).toEqual([
      {
        name: 'Notebook',
        redirectUris: [redirectUri, webRedirectUri],
        clientSecret: null,
        clientDiscoveryId: 'client-id-metadata-document',
      },
    ])
    const registered = lines().filter((line) => line.event === 'app_registered')
    expect(registered.filter((line) => line.clientId === clientId)).toHaveLength(1)
  })

  it('is fetched once while its document is fresh', async ({ app }) => {
    const clientId = publish({}, { 'Cache-Control': 'max-age=600' })
    const url = authorizationUrl(app, clientId)
    await Promise.all(Array.from({ length: 8 }, () => open(app, url)))
    await open(app, url)
    expect(pathsOf(server.requests, clientId)).toHaveLength(1)
  })

  it('is read anew by another instance, which takes over what has changed', async ({ app }) => {
    const clientId = publish()
    await open(app, authorizationUrl(app, clientId))
    const { pathname } = new URL(clientId)
    const changed = { ...metadata, client_id: clientId, redirect_uris: [redirectUri] }
    server.answers[pathname] = answerJson({ ...changed, client_name: 'Notebook 2' })
    const other = await startBeside(app, {}, fetchDocument)
    const refused = await open(other, authorizationUrl(app, clientId))
    expect(errorOf(refused)).toBe('invalid_redirect')
    expect(await listRows(app, clientId)).toMatchObject([
      { name: 'Notebook 2', redirectUris: [redirectUri] },
    ])
    await other.close()
  })

  it('is stored once by two instances at the same time', async ({ app }) => {
    const other = await startBeside(app, {}, fetchDocument)
    const clientId = publish()
    const url = authorizationUrl(app, clientId)
    const locations = await Promise.all([open(app, url), open(other, url)])
    for (const location of locations) expect(location).toMatch(/^\/sign-in\?/)
    expect(await listRows(app, clientId)).toHaveLength(1)
    await other.close()
  })

  it('gets and refreshes tokens while its host is down', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const clientId = publish()
    const callbackUrl = new URL(await allow(app, ada, authorizationUrl(app, clientId)))
    delete server.answers[new URL(clientId).pathname]
    const code = callbackUrl.searchParams.get('code') ?? ''
    const form = { client_id: clientId, redirect_uri: webRedirectUri, code_verifier: verifier }
    const first = await redeem(app, { ...form, code })
    expect(first.status).toBe(200)
    const { refresh_token } = first.body as { refresh_token: string }
    const refresh = { grant_type: 'refresh_token', client_id: clientId, refresh_token }
    expect((await redeem(app, { ...refresh, redirect_uri: null })).status).toBe(200)
    expect(pathsOf(server.requests, clientId)).toHaveLength(1)
  })

  it('is not fetched by a request for tokens', async ({ app }) => {
    const clientId = publish()
    const form = { client_id: clientId, code: 'made up', code_verifier: verifier }
    expect((await redeem(app, form)).body.error).toMatch(/^invalid_(client|grant)$/)
    expect(pathsOf(server.requests, clientId)).toEqual([])
  })
})

describe('a stored client', () => {
  it('is deleted after 7 days if no user has allowed it, and kept otherwise', async ({ app }) => {
    const [unused, used] = [publish(), publish()]
    await open(app, authorizationUrl(app, unused))
    await allow(app, await app.signUp('Ada'), authorizationUrl(app, used))
    const { auth, close } = authBeside(app)
    onTestFinished(close)
    const sweep = createRegistrationSweep(auth)
    await sweep(new Date(Date.now() + 6.9 * 86_400_000))
    expect(await listRows(app, unused)).toHaveLength(1)
    await sweep(new Date(Date.now() + 7.1 * 86_400_000))
    expect([await listRows(app, unused), await listRows(app, used)]).toMatchObject([[], [{}]])
  })

  it('is created again by its next authorization after that', async ({ app }) => {
    const clientId = publish()
    await open(app, authorizationUrl(app, clientId))
    await app.pool.query('delete from "oauthClient" where "clientId" = $1', [clientId])
    expect(await open(app, authorizationUrl(app, clientId))).toMatch(/^\/sign-in\?/)
    expect(await listRows(app, clientId)).toHaveLength(1)
  })
})

describe('a document that is refused', () => {
  it.for<[what: string, document: object]>([
    ['names another client', { client_id: 'https://notes.example.com/other.json' }],
    ['has no client_id', { client_id: undefined }],
    ['has no name', { client_name: undefined }],
    ['has the name of the product', { client_name: 'Taskward' }],
    ['has a name with hidden characters', { client_name: 'Note\u202ebook' }],
    ['has no redirect URI', { redirect_uris: [] }],
    [
      'has only redirect URIs that are not allowed',
      { redirect_uris: ['http://notes.example.com/'] },
    ],
    ['has a secret', { client_secret: 'secret' }],
    ['has an expiry of a secret', { client_secret_expires_at: 0 }],
    ['authenticates with a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['authenticates with a key', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['wants no grant that is offered', { grant_types: ['client_credentials'] }],
  ])('%s', async ([_what, document], { app }) => {
    const clientId = publish(document)
    const location = await open(app, authorizationUrl(app, clientId))
    expect(errorOf(location)).toBe('invalid_client_document')
    expect(await listRows(app, clientId)).toEqual([])
  })

  it.for(['http://notes.example.com/client.json', 'https://127.0.0.1/client.json'])(
    'has the address %s',
    async (clientId, { app }) => {
      const before = server.requests.length
      const location = await open(app, authorizationUrl(app, clientId))
      expect(errorOf(location)).toMatch(/^invalid_client/)
      expect(server.requests).toHaveLength(before)
    },
  )

  it('is fetched again at the next attempt, because a failure is not cached', async ({ app }) => {
    const clientId = publish()
    const { pathname } = new URL(clientId)
    const { [pathname]: answer } = server.answers
    delete server.answers[pathname]
    const url = authorizationUrl(app, clientId)
    expect(errorOf(await open(app, url))).toBe('client_document_unavailable')
    if (answer) server.answers[pathname] = answer
    expect(await open(app, url)).toMatch(/^\/sign-in\?/)
  })

  it('begins no authorization, also for a client that is known', async ({ app }) => {
    const clientId = publish()
    await open(app, authorizationUrl(app, clientId))
    const isDown: FetchDocument = () => createDocumentFetch({ resolve: async () => [] })(clientId)
    const other = await startBeside(app, {}, isDown)
    expect(errorOf(await open(other, authorizationUrl(app, clientId)))).toBe(
      'client_document_unavailable',
    )
    await other.close()
  })

  it('is logged with its reason', async ({ app }) => {
    const clientId = publish({ client_id: 'https://notes.example.com/other.json' })
    await open(app, authorizationUrl(app, clientId))
    const line = lines().find((one) => one.clientId === clientId)
    expect(line).toMatchObject({
      msg: 'A client document was refused',
      reason: 'client_id: must equal the URL of the document.',
    })
  })
})

/** The error of the page for errors that cannot be sent to the app. */
function errorOf(location: string): string | null {
  const { pathname, searchParams } = new URL(location, server.urlOf('/'))
  return pathname === '/oauth/error' ? searchParams.get('error') : null
}
