import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, startApp } from '../testing/app.ts'
import { errorOf, redirectUri, registerApp } from '../testing/oauth.ts'

let app: App
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

const get = async (path: string) => (await app.request(path)).json() as Promise<object>

describe('the authorization server', () => {
  it('is found by the issuer of tokens (RFC 8414)', async () => {
    const document = await get('/.well-known/oauth-authorization-server')
    const routes = `${app.url}/api/auth`
    expect(document).toMatchObject({
      issuer: app.url,
      authorization_endpoint: `${routes}/oauth2/authorize`,
      token_endpoint: `${routes}/oauth2/token`,
      registration_endpoint: `${routes}/oauth2/register`,
      revocation_endpoint: `${routes}/oauth2/revoke`,
      jwks_uri: `${routes}/jwks`,
      scopes_supported: ['email', 'tasks:read', 'tasks:write', 'offline_access'],
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    })
    expect(await get('/.well-known/oauth-authorization-server/api/auth')).toEqual(document)
  })

  it('names no route that does not answer', async () => {
    const document = await get('/.well-known/oauth-authorization-server')
    const routes = Object.entries(document).filter(([name]) => /_endpoint$|_uri$/.test(name))
    expect(routes).toHaveLength(5)
    for (const [name, url] of routes) {
      const method = name === 'jwks_uri' || name === 'authorization_endpoint' ? 'GET' : 'POST'
      const { status } = await app.request(String(url).replace(app.url, ''), {
        method,
        redirect: 'manual',
      })
      expect({ name, isThere: status !== 404 && status < 500 }).toEqual({ name, isThere: true })
    }
  })

  it('gives tokens to no program without a person', async () => {
    const { config } = await registerApp(
      app,
      { token_endpoint_auth_method: 'client_secret_post' },
      client.ClientSecretPost(),
    )
    const grant = client.clientCredentialsGrant(config, { scope: 'tasks:read' })
    expect(await errorOf(grant)).toBe('unsupported_grant_type')
  })
})

describe('the protected resource', () => {
  it.each([
    ['', ['email', 'tasks:read', 'tasks:write', 'offline_access']],
    ['/graphql', ['email', 'tasks:read', 'tasks:write', 'offline_access']],
    ['/mcp', ['tasks:read', 'tasks:write', 'offline_access']], // no tool has a use for the e-mail
  ])(
    'says at "…%s" where tokens for it come from, and with which scopes (RFC 9728)',
    async (place, scopes) => {
      expect(await get(`/.well-known/oauth-protected-resource${place}`)).toMatchObject({
        resource: app.url + place,
        authorization_servers: [app.url],
        scopes_supported: scopes,
        bearer_methods_supported: ['header'],
      })
    },
  )

  it('is nothing else', async () => {
    const { headers } = await app.request('/.well-known/oauth-protected-resource/api')
    expect(headers.get('content-type')).not.toContain('json')
  })
})

describe('a page of another site', () => {
  const Origin = 'https://notes.example.com'
  const openTo = ({ headers }: Response) => ({
    origin: headers.get('access-control-allow-origin'),
    credentials: headers.get('access-control-allow-credentials'),
  })
  const anybodyWithoutCookies = { origin: '*', credentials: null }

  it.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-protected-resource/mcp',
    '/api/auth/jwks',
  ])('may read %s', async (path) => {
    expect(openTo(await app.request(path, { headers: { Origin } }))).toEqual(anybodyWithoutCookies)
  })

  it('may register, and asks before it does', async () => {
    const preflight = await app.request('/api/auth/oauth2/register', {
      method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Headers': 'content-type' },
    })
    expect(preflight.status).toBe(204)
    expect(openTo(preflight)).toEqual(anybodyWithoutCookies)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Content-Type')
    const registered = await app.request('/api/auth/oauth2/register', {
      method: 'POST',
      headers: { Origin, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: ['https://notes.example.com/callback'],
        token_endpoint_auth_method: 'none',
      }),
    })
    expect(registered.status).toBe(201)
    expect(openTo(registered)).toEqual(anybodyWithoutCookies)
  })

  it('may redeem a code, and reads why it cannot', async () => {
    const refused = await app.request('/api/auth/oauth2/token', {
      method: 'POST',
      headers: { Origin },
      body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: redirectUri }),
    })
    expect(refused.status).toBe(400)
    expect(openTo(refused)).toEqual(anybodyWithoutCookies)
  })

  it.each(['/api/auth/connected-app/list', '/api/auth/oauth2/request', '/api/auth/oauth2/consent'])(
    'may not read %s',
    async (path) => {
      const response = await app.request(path, { method: 'OPTIONS', headers: { Origin } })
      expect(openTo(response).origin).toBeNull()
    },
  )
})
