import * as client from 'openid-client'
import { describe, expect } from 'vitest'
import type { App } from '../testing/app.ts'
import { errorOf, redirectUri, registerApp } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

const grantable = ['email', 'tasks:create', 'tasks:delete', 'tasks:read', 'tasks:write']

const get = async (app: App, path: string) => (await app.request(path)).json() as Promise<object>

describe('the authorization server', () => {
  it('has a metadata document (RFC 8414)', async ({ app }) => {
    const document = await get(app, '/.well-known/oauth-authorization-server')
    const routes = `${app.url}/api/auth`
    expect(document).toMatchObject({
      issuer: app.url,
      authorization_endpoint: `${routes}/oauth2/authorize`,
      token_endpoint: `${routes}/oauth2/token`,
      registration_endpoint: `${routes}/oauth2/register`,
      revocation_endpoint: `${routes}/oauth2/revoke`,
      jwks_uri: `${routes}/jwks`,
      scopes_supported: [...grantable, 'offline_access'],
      response_types_supported: ['code'],
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    })
    expect(await get(app, '/.well-known/oauth-authorization-server/api/auth')).toEqual(document)
  })

  it('names only routes that exist', async ({ app }) => {
    const document = await get(app, '/.well-known/oauth-authorization-server')
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

  it('refuses the client credentials grant', async ({ app }) => {
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
  it.for([
    ['', grantable],
    ['/graphql', grantable],
    ['/mcp', grantable.slice(1)], // no tool needs the e-mail
  ])(
    'has metadata for "…%s" with its authorization server and scopes (RFC 9728)',
    async ([place, scopes], { app }) => {
      expect(await get(app, `/.well-known/oauth-protected-resource${place}`)).toMatchObject({
        resource: app.url + place,
        authorization_servers: [app.url],
        scopes_supported: scopes,
        bearer_methods_supported: ['header'],
      })
    },
  )

  it('has no metadata for other paths', async ({ app }) => {
    const { headers } = await app.request('/.well-known/oauth-protected-resource/api')
    expect(headers.get('content-type')).not.toContain('json')
  })
})

describe('a page of another origin', () => {
  const Origin = 'https://notes.example.com'
  const corsOf = ({ headers }: Response) => ({
    origin: headers.get('access-control-allow-origin'),
    credentials: headers.get('access-control-allow-credentials'),
  })
  const anyOriginWithoutCookies = { origin: '*', credentials: null }

  it.for([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-protected-resource/mcp',
    '/api/auth/jwks',
  ])('may read %s', async (path, { app }) => {
    expect(corsOf(await app.request(path, { headers: { Origin } }))).toEqual(
      anyOriginWithoutCookies,
    )
  })

  it('may register, after a preflight', async ({ app }) => {
    const preflight = await app.request('/api/auth/oauth2/register', {
      method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Headers': 'content-type' },
    })
    expect(preflight.status).toBe(204)
    expect(corsOf(preflight)).toEqual(anyOriginWithoutCookies)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
    const registered = await app.request('/api/auth/oauth2/register', {
      method: 'POST',
      headers: { Origin, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: ['https://notes.example.com/callback'],
        token_endpoint_auth_method: 'none',
      }),
    })
    expect(registered.status).toBe(201)
    expect(corsOf(registered)).toEqual(anyOriginWithoutCookies)
  })

  it('may redeem a code, and can read the error', async ({ app }) => {
    const refused = await app.request('/api/auth/oauth2/token', {
      method: 'POST',
      headers: { Origin },
      body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: redirectUri }),
    })
    expect(refused.status).toBe(400)
    expect(corsOf(refused)).toEqual(anyOriginWithoutCookies)
  })

  it.for(['/api/auth/connected-app/list', '/api/auth/oauth2/request', '/api/auth/oauth2/consent'])(
    'may not read %s',
    async (path, { app }) => {
      const response = await app.request(path, { method: 'OPTIONS', headers: { Origin } })
      expect(corsOf(response).origin).toBeNull()
    },
  )
})
