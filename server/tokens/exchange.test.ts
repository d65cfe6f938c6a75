import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { describe, expect, onTestFinished } from 'vitest'
import { scopeSets } from '../testing/access.ts'
import {
  exchange,
  exchangeType,
  jwtOf,
  makeAccessToken,
  narrowed,
  tokenType,
} from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders, startApp } from '../testing/app.ts'
import { grantableScopes } from '../testing/contract.ts'
import { post } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

const now = () => Math.floor(Date.now() / 1000)
const claimsOf = (token: string) => decodeJwt<Record<string, unknown>>(token)

/** The claims of the new token, or the body of the refusal. */
async function outcomeOf(response: Response): Promise<Record<string, unknown>> {
  const body = (await response.json()) as Record<string, unknown>
  return response.ok ? claimsOf(String(body.access_token)) : body
}

async function refusalOf(response: Response): Promise<unknown[]> {
  const { error, error_description } = (await response.json()) as Record<string, string>
  return [response.status, error, error_description]
}

describe('an exchange', () => {
  it('answers as RFC 8693 §2.2.1 defines, with Cache-Control: no-store', async ({ app, ada }) => {
    const response = await exchange(app, ada.token, { scope: 'tasks:read', expires_in: '120' })
    expect(response.status).toBe(200)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^ey/),
      issued_token_type: tokenType.accessToken,
      token_type: 'Bearer',
      expires_in: 120,
      scope: 'tasks:read',
    })
  })

  it('turns a first-party token into one with a scope claim', async ({ app, ada }) => {
    const token = await narrowed(app, ada.token)
    const { sid } = claimsOf(ada.token)
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt')
    expect(claimsOf(token)).toEqual({
      sub: ada.id,
      email: ada.email,
      email_verified: false,
      scope: 'email tasks:create tasks:delete tasks:read tasks:write',
      sid,
      client_id: 'a script',
      actor: { kind: 'PERSON', id: ada.id },
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: claimsOf(ada.token).exp,
      iss: app.url,
      aud: app.url,
    })
  })

  it('gives each token the claims of RFC 9068 §2.2, and another jti', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const jtis = new Set<unknown>()
    for (const subject of [ada.token, token, await jwtOf(app, token)]) {
      const claims = claimsOf(await narrowed(app, subject))
      for (const name of ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])
        expect(claims[name], name).toBeDefined()
      jtis.add(claims.jti)
    }
    expect(jtis.size).toBe(3)
    const api = await app.query('{ viewer { id } }', {}, await narrowed(app, token))
    expect(api.body.data).toEqual({ viewer: { id: ada.id } })
  })

  it('omits the e-mail address without the scope email', async ({ app, ada }) => {
    expect(claimsOf(await narrowed(app, ada.token, { scope: 'tasks:read' }))).not.toHaveProperty(
      'email',
    )
  })

  it('keeps the client, the session and the consent of the subject token', async ({ app, ada }) => {
    const made = { client_id: 'widget', azp: 'widget', sid: 'a session', grant_id: 'a consent' }
    const token = app.signToken({ sub: ada.id, scope: 'tasks:read', ...made })
    expect(claimsOf(await narrowed(app, token))).toMatchObject({ ...made, scope: 'tasks:read' })
  })

  it('accepts JSON', async ({ app, ada }) => {
    const response = await app.request('/api/auth/token/exchange', {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify({
        grant_type: exchangeType,
        subject_token: ada.token,
        subject_token_type: tokenType.jwt,
        requested_token_type: tokenType.jwt,
        resource: app.url,
        expires_in: 60,
      }),
    })
    expect(await response.json()).toMatchObject({
      issued_token_type: tokenType.jwt,
      expires_in: 60,
    })
  })

  it('allows pages of other sites, without cookies', async ({ app, ada }) => {
    const Origin = 'https://notes.example.com'
    const path = '/api/auth/token/exchange'
    const preflight = await app.request(path, { method: 'OPTIONS', headers: { Origin } })
    const answers = [preflight, await exchange(app, ada.token), await exchange(app, 'a.b.c')]
    expect(answers.map(({ status }) => status)).toEqual([204, 200, 400])
    for (const { headers } of answers) {
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
    }
  })

  it('ignores cookies', async ({ app, ada }) => {
    const bob = await app.signUp('Bob')
    const response = await app.request('/api/auth/token/exchange', {
      method: 'POST',
      headers: { cookie: bob.cookie },
      body: new URLSearchParams({
        grant_type: exchangeType,
        subject_token: ada.token,
        subject_token_type: tokenType.accessToken,
      }),
    })
    expect(await outcomeOf(response)).toMatchObject({ sub: ada.id })
  })
})

describe('an exchanged token', () => {
  it.for(scopeSets.map((held) => ({ held, name: held.join(' ') || 'no scope' })))(
    'never has a scope that the subject token lacks: $name',
    async ({ held }, { app, ada }) => {
      const parent = app.signToken({ sub: ada.id, email: ada.email, scope: held.join(' ') })
      for (const wanted of scopeSets.filter((scopes) => scopes.length > 0)) {
        const response = await exchange(app, parent, { scope: wanted.join(' ') })
        const isHeld = wanted.every((scope) => held.includes(scope))
        const outcome = await outcomeOf(response)
        if (isHeld) expect(outcome.scope).toBe(wanted.toSorted().join(' '))
        else expect([response.status, outcome.error]).toEqual([400, 'invalid_scope'])
      }
    },
  )

  it('has all scopes of the subject token by default', async ({ app, ada }) => {
    for (const held of scopeSets) {
      const parent = app.signToken({ sub: ada.id, scope: held.join(' ') })
      expect(claimsOf(await narrowed(app, parent)).scope).toBe(held.toSorted().join(' '))
    }
  })

  it('never expires after the subject token', async ({ app, ada }) => {
    const exp = now() + 90
    const parent = app.signToken({ sub: ada.id, exp })
    for (const seconds of ['60', '900', undefined]) {
      const token = await narrowed(app, parent, seconds ? { expires_in: seconds } : {})
      expect(Number(claimsOf(token).exp)).toBeLessThanOrEqual(exp)
    }
    const child = await narrowed(app, parent, { expires_in: '60' })
    const grandchild = await narrowed(app, child, { expires_in: '900' })
    expect(claimsOf(grandchild).exp).toBe(claimsOf(child).exp)
  })

  it('cannot regain a scope', async ({ app, ada }) => {
    const child = await narrowed(app, ada.token, { scope: 'tasks:read' })
    expect(
      await refusalOf(await exchange(app, child, { scope: grantableScopes.join(' ') })),
    ).toEqual([
      400,
      'invalid_scope',
      'The subject_token lacks email, tasks:create, tasks:delete, tasks:write.',
    ])
  })

  it('never has the scope of the person', async ({ app, ada }) => {
    expect(claimsOf(await narrowed(app, ada.token)).scope).not.toContain('account')
    for (const scope of ['account', 'tasks:read account']) {
      expect(await refusalOf(await exchange(app, ada.token, { scope }))).toEqual([
        400,
        'invalid_scope',
        'No token can be given account.',
      ])
    }
  })

  it('has no scopes when the subject token has a client and no scope claim', async ({
    app,
    ada,
  }) => {
    const parent = app.signToken({ sub: ada.id, client_id: 'widget' })
    expect(claimsOf(await narrowed(app, parent))).toMatchObject({ scope: '', client_id: 'widget' })
  })
})

describe('an exchange is refused', () => {
  it.for<[string, Record<string, string>, string]>([
    ['for another grant', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ['without a grant', { grant_type: '' }, 'unsupported_grant_type'],
    ['without a token type', { subject_token_type: '' }, 'invalid_request'],
    [
      'for a refresh token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'invalid_request',
    ],
    [
      'when a refresh token is wanted',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'invalid_request',
    ],
    ['with an actor token', { actor_token: 'a.b.c' }, 'invalid_request'],
    ['for another audience', { audience: 'https://a.example' }, 'invalid_target'],
    ['for another resource', { resource: 'https://a.example' }, 'invalid_target'],
    ['for an empty scope', { scope: '' }, 'invalid_scope'],
    ['for a blank scope', { scope: '  ' }, 'invalid_scope'],
    ['for an unknown scope', { scope: 'tasks:admin' }, 'invalid_scope'],
    ['for a scope in capitals', { scope: 'EMAIL' }, 'invalid_scope'],
    ['for scopes with commas', { scope: 'email,tasks:read' }, 'invalid_scope'],
    ['for 59 seconds', { expires_in: '59' }, 'invalid_request'],
    ['for 901 seconds', { expires_in: '901' }, 'invalid_request'],
    ['for an empty expires_in', { expires_in: '' }, 'invalid_request'],
    ['for a negative time', { expires_in: '-60' }, 'invalid_request'],
    ['for a fraction', { expires_in: '60.5' }, 'invalid_request'],
    ['for an infinite time', { expires_in: 'Infinity' }, 'invalid_request'],
    ['for 1e2 seconds', { expires_in: '1e2' }, 'invalid_request'],
  ])('%s', async ([_fault, parameters, error], { app, ada }) => {
    const refusal = await refusalOf(await exchange(app, ada.token, parameters))
    expect(refusal).toEqual([400, error, expect.stringMatching(/\w+ .*\.$/)])
  })

  it.for<[string, (app: App, ada: Account) => string | Promise<string>]>([
    ['an empty token', () => ''],
    ['a plain text', () => 'let me in'],
    ['a forged token', (app) => app.signToken({}, { alg: 'none' })],
    ['an expired token', (app) => app.signToken({ exp: now() - 60 })],
    ['a token that expired within the clock tolerance', (app) => app.signToken({ exp: now() - 1 })],
    ['a token with another audience', (app) => app.signToken({ aud: 'https://a.example' })],
    ['a session cookie', (_app, ada) => decodeURIComponent(ada.cookie.split('=')[1] ?? '')],
    ['an invented access token', () => `taskward_${'a'.repeat(38)}`],
    ['a token of a session that has ended', endedToken],
  ])('for %s', async ([_fault, subjectToken], { app, ada }) => {
    const refusal = await refusalOf(await exchange(app, await subjectToken(app, ada)))
    expect(refusal).toEqual([400, 'invalid_request', expect.any(String)])
  })

  it('for an access token with the type of a JWT', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, [])
    const response = await exchange(app, token, { subject_token_type: tokenType.jwt })
    expect((await refusalOf(response))[1]).toBe('invalid_request')
  })

  it.for<[string, RequestInit]>([
    ['a repeated parameter', { body: new URLSearchParams(`scope=email&scope=tasks:read`) }],
    ['no body', {}],
    ['broken JSON', { headers: jsonHeaders, body: '{' }],
    ['a JSON array', { headers: jsonHeaders, body: '[]' }],
    ['JSON null', { headers: jsonHeaders, body: 'null' }],
    ['plain text', { headers: { 'Content-Type': 'text/plain' }, body: 'grant_type=a' }],
  ])('for %s', async ([_fault, init], { app }) => {
    const response = await app.request('/api/auth/token/exchange', { method: 'POST', ...init })
    expect((await refusalOf(response)).slice(0, 2)).toEqual([400, 'invalid_request'])
  })

  it('by GET, which would put the token in the URL', async ({ app, ada }) => {
    const query = new URLSearchParams({ grant_type: exchangeType, subject_token: ada.token })
    const response = await app.request(`/api/auth/token/exchange?${query}`)
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'POST'])
  })

  it('when the points of the minute are spent', async () => {
    const poor = await startApp({ variables: { GRAPHQL_POINTS_PER_MINUTE: '25' } })
    onTestFinished(poor.close)
    const bob = await poor.signUp('Bob')
    const statuses: number[] = []
    for (let n = 0; n < 3; n++) statuses.push((await exchange(poor, bob.token)).status)
    expect(statuses).toEqual([200, 200, 429])
    const refused = await exchange(poor, bob.token)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' })
  })
})

async function endedToken(app: App): Promise<string> {
  const bob = await app.signUp('Bob')
  await post(app, bob, '/sign-out', {})
  return bob.token
}

describe('an access token', () => {
  it('becomes a JWT with its scopes, valid for 15 minutes', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const jwt = await jwtOf(app, token)
    expect(decodeProtectedHeader(jwt).typ).toBe('at+jwt')
    const claims = claimsOf(jwt)
    expect(claims).toEqual({
      sub: ada.id,
      scope: 'tasks:read',
      sid: id,
      client_id: 'a script',
      actor: { kind: 'ACCESS_TOKEN', id, name: 'A script' },
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: Number(claims.iat) + 900,
      iss: app.url,
      aud: app.url,
    })
  })

  it('puts the e-mail address into the JWT with the scope email', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, ['email'])
    expect(claimsOf(await jwtOf(app, token))).toMatchObject({ email: ada.email, scope: 'email' })
  })
})

describe('an exchange at the token endpoint', () => {
  const ask = (
    app: App,
    parameters: Record<string, string>,
    headers: Record<string, string> = {},
  ) =>
    app.request('/api/auth/oauth2/token', {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        grant_type: exchangeType,
        subject_token_type: tokenType.accessToken,
        ...parameters,
      }),
    })

  it('is named in the metadata, and answers as the other route does', async ({ app, ada }) => {
    const metadata = await app.request('/.well-known/oauth-authorization-server')
    const { grant_types_supported } = await metadata.json()
    expect(grant_types_supported).toContain(exchangeType)
    const response = await ask(app, { subject_token: ada.token, scope: 'tasks:read' })
    expect(await outcomeOf(response)).toMatchObject({ sub: ada.id, scope: 'tasks:read' })
  })

  it('is used by a library, with a client that authenticates', async ({ ada, notebook }) => {
    const { access_token } = await notebook.connect(ada, { scope: 'tasks:read tasks:write' })
    const narrower = await client.genericGrantRequest(notebook.config, exchangeType, {
      subject_token: access_token,
      subject_token_type: tokenType.accessToken,
      scope: 'tasks:read',
    })
    expect(claimsOf(narrower.access_token)).toMatchObject({
      client_id: notebook.clientId,
      scope: 'tasks:read',
      grant_id: claimsOf(access_token).grant_id,
    })
  })

  it('never gives more scopes, and refuses a bad token', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const wider = await ask(app, { subject_token: token, scope: 'tasks:write' })
    expect(await outcomeOf(wider)).toMatchObject({ error: 'invalid_scope' })
    const bad = await ask(app, { subject_token: `${token}a` })
    expect(await outcomeOf(bad)).toMatchObject({ error: 'invalid_request' })
  })

  it('needs the token in the form: a header or a cookie is no subject', async ({ app, ada }) => {
    const headers = { Authorization: `Bearer ${ada.token}`, Cookie: ada.cookie }
    expect(await outcomeOf(await ask(app, {}, headers))).toMatchObject({ error: 'invalid_request' })
  })

  it('is not possible with another grant type in the same form', async ({ app, ada }) => {
    const body = `grant_type=authorization_code&grant_type=${exchangeType}&subject_token=${ada.token}`
    const response = await app.request('/api/auth/oauth2/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    })
    expect(response.status).toBe(400)
    expect(await response.json()).not.toHaveProperty('access_token')
  })
})
