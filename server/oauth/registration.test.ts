import { describe, expect } from 'vitest'
import { type App, jsonHeaders } from '../testing/app.ts'
import { redirectUri } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

type Registered = Record<string, unknown> & { client_id?: string; error?: string }

async function register(
  app: App,
  metadata: unknown,
): Promise<{ status: number; body: Registered }> {
  const response = await app.request('/api/auth/oauth2/register', {
    method: 'POST',
    headers: jsonHeaders,
    body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
  })
  return { status: response.status, body: (await response.json()) as Registered }
}

const withUris = (app: App, ...redirect_uris: unknown[]) =>
  register(app, { client_name: 'Notebook', redirect_uris, token_endpoint_auth_method: 'none' })

describe('registration', () => {
  it('creates a public client without a secret', async ({ app }) => {
    const { status, body } = await withUris(app, redirectUri)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      client_id: expect.any(String),
      client_name: 'Notebook',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    })
    expect(body).not.toHaveProperty('client_secret')
  })

  it('gives a confidential client a secret and stores only its digest', async ({ app }) => {
    const { body } = await register(app, { redirect_uris: ['https://notes.example.com/callback'] })
    expect(body.client_secret).toMatch(/^taskward_secret_/)
    const { rows } = await app.pool.query(
      'select "clientSecret" from "oauthClient" where "clientId" = $1',
      [body.client_id],
    )
    expect(String(body.client_secret)).not.toContain(rows[0].clientSecret)
  })

  it.for([
    'https://notes.example.com/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:50123/callback',
    'http://localhost:50123/callback',
    'com.example.notes:/callback',
  ])('accepts %s', async (uri, { app }) => {
    expect((await withUris(app, uri)).status).toBe(201)
  })

  it.for([
    ['HTTPS://Notes.Example.com:443/a/../callback', 'https://notes.example.com/callback'],
    ['http://localhost:50123', 'http://localhost:50123/'],
    ['http://127.1/callback', 'http://127.0.0.1/callback'],
  ])('stores %s as %s', async ([uri, canonical], { app }) => {
    expect((await withUris(app, uri)).body.redirect_uris).toEqual([canonical])
  })

  it.for([
    'http://notes.example.com/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://localhost.evil.example/callback',
    'https://user:password@notes.example.com/',
    'https://notes.example.com/#fragment',
    'http://127.0.0.1/\0',
    'javascript:alert(1)',
    'data:text/html,hello',
    'file:///etc/passwd',
    'notes:/callback',
    'cursor:/callback',
    'cursor://user@extension/callback',
    'cursor://extension:80/callback',
    'cursor.evil://extension/callback',
    'cursor://localhost/callback',
    'cursor://127.0.0.1/callback',
    'vscode-evil://extension/callback',
    'https://editor.invalid/evil%3A%2F%2Fextension%2F',
    'https://localhost/callback',
    '//notes.example.com',
    '/callback',
    '*',
    '',
    42,
  ])('refuses %s', async (uri, { app }) => {
    const { status, body } = await withUris(app, uri)
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_redirect_uri' })
  })

  it('refuses no redirect URI, and too many', async ({ app }) => {
    const many = Array.from({ length: 11 }, (_, n) => `https://notes.example.com/${n}`)
    for (const uris of [[], many]) {
      expect((await withUris(app, ...uris)).body.error).toBe('invalid_redirect_uri')
    }
  })

  it.for([
    ['nothing', ''],
    ['no JSON', '{'],
    ['no object', '"hello"'],
    ['an empty name', { client_name: ' ' }],
    ['a name of 81 characters', { client_name: 'a'.repeat(81) }],
    ['a name with a direction-changing character', { client_name: 'Notebook \u202e' }],
    ['a name with an invisible character', { client_name: 'Task\u200bward' }],
    ['a null character', { software_id: 'a\0b' }],
    ['a letter without a shape', { software_id: 'a\u3164b' }],
    ['a name of two lines', { client_name: 'Note\nbook' }],
    ['client authentication by signature', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['the client credentials grant', { grant_types: ['client_credentials'] }],
    ['an implicit grant', { grant_types: ['implicit'] }],
    ['a response without a code', { response_types: ['token'] }],
    ['a grant that is no text', { grant_types: [null] }],
  ])('refuses %s', async ([_fault, metadata], { app }) => {
    const given =
      typeof metadata === 'string' ? metadata : { redirect_uris: [redirectUri], ...metadata }
    const { status, body } = await register(app, given)
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_client_metadata' })
  })

  it.for(['account', 'tasks:read account'])(
    'refuses the scope of the person: %s',
    async (scope, { app }) => {
      const { status, body } = await register(app, { redirect_uris: [redirectUri], scope })
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_scope' })
    },
  )

  it('ignores metadata that makes the server call a URL or trust the client', async ({ app }) => {
    const { status, body } = await register(app, {
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      backchannel_logout_uri: 'https://evil.example/',
      jwks_uri: 'https://evil.example/',
      skip_consent: true,
      require_pkce: false,
      disabled: true,
      user_id: 'another-user',
    })
    expect(status).toBe(201)
    const { rows } = await app.pool.query('select * from "oauthClient" where "clientId" = $1', [
      body.client_id,
    ])
    const { backchannelLogoutUri, jwksUri, skipConsent, requirePKCE, disabled, userId } = rows[0]
    expect({ backchannelLogoutUri, jwksUri, skipConsent, userId }).toEqual({
      backchannelLogoutUri: null,
      jwksUri: null,
      skipConsent: null,
      userId: null,
    })
    expect({ requirePKCE, disabled }).toEqual({ requirePKCE: null, disabled: false })
  })

  it('is refused after 500 in an hour from one address', async ({ app }) => {
    await app.pool.query('update rate_limits set points = 500 where key like $1', [
      'registration:%',
    ])
    const response = await app.request('/api/auth/oauth2/register', {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify({ redirect_uris: [redirectUri] }),
    })
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0)
  })
})
