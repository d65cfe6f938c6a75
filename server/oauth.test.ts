import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, startApp } from './testing.ts'
import {
  allow,
  decide,
  errorOf,
  type ForeignApp,
  open,
  post,
  redirectUri,
  registerApp,
} from './testing-oauth.ts'

let app: App
let ada: Account
let notebook: ForeignApp
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
  notebook = await registerApp(app)
})
afterAll(() => app.close())

const whoAmI = '{ viewer { id scopes } }'
const list = '{ tasks { totalCount } }'
const deleteAll = 'mutation { deleteCompletedTasks { deletedTaskIds } }'

const statusOf = async (token: string, document = list) =>
  (await app.query(document, {}, token)).status

/** What the server says in the address that it sends the browser to. */
const answerIn = (location: string) => {
  const { origin, pathname, searchParams } = new URL(location, app.url)
  return {
    page: origin === app.url ? pathname : origin + pathname,
    error: searchParams.get('error'),
  }
}

describe('an app', () => {
  it('gets a token for what a person has allowed, and for nothing else', async () => {
    const { access_token, refresh_token, ...rest } = await notebook.connect(ada)
    expect(rest).toMatchObject({ token_type: 'bearer', scope: 'tasks:read', expires_in: 900 })
    expect(refresh_token).toBeUndefined()
    const { body } = await app.query(whoAmI, {}, access_token)
    expect(body.data).toEqual({ viewer: { id: ada.id, scopes: ['tasks:read'] } })
    expect(await statusOf(access_token)).toBe(200)
    expect(await statusOf(access_token, deleteAll)).toBe(403)
  })

  it('gets a JWT for the API with the claims of RFC 9068', async () => {
    const { access_token } = await notebook.connect(ada, { scope: 'email tasks:read' })
    const claims = decodeJwt(access_token)
    expect(decodeProtectedHeader(access_token)).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA' })
    expect(claims).toEqual({
      sub: ada.id,
      email: ada.email,
      scope: 'email tasks:read',
      iss: app.url,
      aud: app.url,
      client_id: notebook.clientId,
      azp: notebook.clientId,
      sid: expect.any(String),
      grant_id: expect.any(String),
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: Number(claims.iat) + 900,
    })
  })

  it('is not told the e-mail address without its scope', async () => {
    const { access_token } = await notebook.connect(ada)
    expect(decodeJwt(access_token)).not.toHaveProperty('email')
    expect(await statusOf(access_token, '{ viewer { email } }')).toBe(403)
  })

  it('that names no scope may read tasks', async () => {
    const { access_token } = await notebook.connect(ada, { scope: '' })
    expect(decodeJwt(access_token).scope).toBe('tasks:read')
  })

  it.each(['', '/', '/graphql', '/mcp'])(
    'may call the resource "…%s", and gets a token for the API',
    async (place) => {
      const { access_token } = await notebook.connect(ada, { resource: app.url + place })
      expect(decodeJwt(access_token).aud).toBe(app.url)
    },
  )

  it('is asked for consent once, and again for more', async () => {
    const bob = await app.signUp('Bob')
    const ask = async (scope: string) => open(app, (await notebook.begin({ scope })).url, bob)
    await notebook.connect(bob)
    expect(answerIn(await ask('tasks:read')).page).toBe(redirectUri)
    expect(answerIn(await ask('tasks:read tasks:write')).page).toBe('/oauth/consent')
  })

  it('with a secret proves who it is, and cannot without', async () => {
    const diary = await registerApp(
      app,
      { token_endpoint_auth_method: 'client_secret_basic' },
      client.ClientSecretBasic(),
    )
    expect(await statusOf((await diary.connect(ada)).access_token)).toBe(200)
    const beginning = await diary.begin()
    const back = await allow(app, ada, beginning.url)
    const { body } = await redeem({
      code: new URL(back).searchParams.get('code'),
      code_verifier: beginning.verifier,
      client_id: diary.clientId,
    })
    expect(body.error).toBe('invalid_client')
  })
})

describe('a person', () => {
  it('who is not signed in comes to sign-in, with the request', async () => {
    const { url } = await notebook.begin()
    const { pathname, searchParams } = new URL(await open(app, url), app.url)
    expect(pathname).toBe('/sign-in')
    expect(searchParams.get('client_id')).toBe(notebook.clientId)
  })

  it('who denies sends the app away with access_denied', async () => {
    const bob = await app.signUp('Bob')
    const { url, state } = await notebook.begin()
    const response = await decide(app, bob, await open(app, url, bob), false)
    const back = new URL(((await response.json()) as { url: string }).url)
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'access_denied',
      state,
      iss: app.url,
    })
  })

  it('sees what the app asks for in plain words', async () => {
    const { url } = await notebook.begin({ scope: 'tasks:write offline_access' })
    const { search } = new URL(await open(app, url, await app.signUp('Bob')), app.url)
    const answer = await post(app, ada, '/oauth2/request', { oauth_query: search.slice(1) })
    expect(await answer.json()).toEqual({
      app: { name: 'Notebook', redirectUri },
      scopes: [
        { scope: 'tasks:write', meaning: expect.stringMatching(/change and delete/) },
        { scope: 'offline_access', meaning: expect.stringMatching(/while you are not signed in/) },
      ],
    })
  })

  it.each([
    ['to another scope', 'scope', 'tasks:write'],
    ['to another app', 'client_id', 'somebody-else'],
    ['to another redirect', 'redirect_uri', 'https://evil.example'],
  ])('cannot allow what was changed on the way %s', async (_what, name, value) => {
    const bob = await app.signUp('Bob')
    const consent = new URL(await open(app, (await notebook.begin()).url, bob), app.url)
    consent.searchParams.set(name, value)
    const tampered = consent.pathname + consent.search
    expect((await decide(app, bob, tampered, true)).status).toBe(400)
    const oauth_query = consent.search.slice(1)
    expect((await post(app, bob, '/oauth2/request', { oauth_query })).status).toBe(400)
  })
})

describe('an authorization request', () => {
  const ask = async (params: Record<string, string>) =>
    answerIn(await open(app, (await notebook.begin(params)).url, ada))
  const without = async (name: string) => {
    const url = new URL((await notebook.begin()).url)
    url.searchParams.delete(name)
    return answerIn(await open(app, url.href, ada))
  }

  it.each<[string, Record<string, string>, string]>([
    ['a scope that is not there', { scope: 'tasks:read admin' }, 'invalid_scope'],
    ['another resource', { resource: 'https://api.example.com' }, 'invalid_target'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
  ])('for %s goes back to the app, refused', async (_fault, params, error) => {
    expect((await ask(params)).error).toBe(error)
  })

  it('for a token without a code goes back to the app, refused', async () => {
    const url = new URL((await notebook.begin()).url)
    url.searchParams.set('response_type', 'token')
    const location = new URL(await open(app, url.href, ada))
    expect(location.origin + location.pathname).toBe(redirectUri)
    expect(location.hash).toContain('error=unsupported_response_type')
  })

  it('that must not ask is told that it would have to', async () => {
    const { url } = await notebook.begin({ prompt: 'none' })
    expect(answerIn(await open(app, url, await app.signUp('Bob'))).error).toBe('consent_required')
    expect(answerIn(await open(app, url)).error).toBe('login_required')
  })

  it.each(['login', 'create', 'select_account'])(
    'with the prompt “%s” of OpenID Connect is as one without',
    async (prompt) => {
      await notebook.connect(ada)
      expect(await ask({ prompt, max_age: '0' })).toEqual({ page: redirectUri, error: null })
    },
  )

  it.each(['client_id', 'redirect_uri', 'scope', 'state', 'resource', 'code_challenge', 'prompt'])(
    'with a null character in %s is refused, or lets it be',
    async (name) => {
      expect(await open(app, (await notebook.begin({ [name]: 'a\0b' })).url, ada)).toMatch(/[?]/)
    },
  )

  it('without PKCE goes back to the app, refused', async () => {
    expect(await without('code_challenge')).toEqual({ page: redirectUri, error: 'invalid_request' })
  })

  it.each([
    'https://evil.example/',
    `${redirectUri}/more`,
    'http://127.0.0.1:9/',
    'javascript:alert(1)',
  ])('never goes to %s, which the app has not registered', async (redirect_uri) => {
    expect((await ask({ redirect_uri })).page).toBe('/oauth/error')
  })

  it('can be opened only, and not posted', async () => {
    const { url } = await notebook.begin()
    const { search } = new URL(url)
    const response = await app.request('/api/auth/oauth2/authorize', {
      method: 'POST',
      body: new URLSearchParams(search),
      redirect: 'manual',
    })
    expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({
      status: 405,
      allow: 'GET',
    })
  })

  it('of an unknown app goes nowhere', async () => {
    expect((await ask({ client_id: 'somebody-else' })).page).toBe('/oauth/error')
  })

  it('with another port of the same loopback address is fine (RFC 8252 §7.3)', async () => {
    const other = 'http://127.0.0.1:50123/callback'
    expect((await ask({ redirect_uri: other, scope: 'tasks:read' })).error).toBeNull()
  })
})

type Redeemed = { status: number; body: { error?: string; access_token?: string } }

/** At the token endpoint by hand, as no library would. */
async function redeem(fields: Record<string, string | null>): Promise<Redeemed> {
  const form = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: redirectUri })
  for (const [name, value] of Object.entries(fields)) if (value !== null) form.set(name, value)
  const response = await app.request('/api/auth/oauth2/token', { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as Redeemed['body'] }
}

describe('a code', () => {
  async function getCode(params?: Record<string, string>) {
    const bob = await app.signUp('Bob')
    const beginning = await notebook.begin(params)
    const back = await allow(app, bob, beginning.url)
    return { beginning, back, code: new URL(back).searchParams.get('code') }
  }

  it('is refused with the wrong verifier', async () => {
    const { beginning, back } = await getCode()
    const verifier = client.randomPKCECodeVerifier()
    expect(await errorOf(notebook.finish({ ...beginning, verifier }, back))).toBe('invalid_grant')
  })

  it('is refused without a verifier', async () => {
    const { code } = await getCode()
    const { status, body } = await redeem({ code, client_id: notebook.clientId })
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' })
  })

  it.each(['code', 'client_id', 'redirect_uri', 'resource', 'code_verifier'])(
    'is refused with a null character in %s',
    async (name) => {
      const { beginning, code } = await getCode()
      const fields = { code, code_verifier: beginning.verifier, client_id: notebook.clientId }
      const { status, body } = await redeem({ ...fields, [name]: 'a\0b' })
      expect({ isRefused: status === 400 || status === 401, error: body.error }).toEqual({
        isRefused: true,
        error: expect.stringMatching(/^invalid_/),
      })
    },
  )

  it.each(['a\0b:c', 'a%00b:c'])(
    'is refused to a client by the name of %j',
    async (credentials) => {
      const response = await app.request('/api/auth/oauth2/token', {
        method: 'POST',
        headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: 'a',
          code_verifier: 'b',
        }),
      })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ error: 'invalid_client' })
    },
  )

  it('is refused to another app', async () => {
    const other = await registerApp(app)
    const { beginning, back } = await getCode()
    expect(await errorOf(other.finish(beginning, back))).toBe('invalid_grant')
  })

  it('is refused for another redirect', async () => {
    const { beginning, code } = await getCode()
    const redirect_uri = 'http://127.0.0.1:50123/callback'
    const fields = { code, redirect_uri, code_verifier: beginning.verifier }
    const { body } = await redeem({ ...fields, client_id: notebook.clientId })
    expect(body.error).toBe('invalid_grant')
  })

  it('is refused for another resource', async () => {
    const { beginning, code } = await getCode()
    const fields = { code, code_verifier: beginning.verifier, client_id: notebook.clientId }
    const { body } = await redeem({ ...fields, resource: 'https://api.example.com' })
    expect(body.error).toBe('invalid_target')
  })

  it('gives tokens once, however many ask at once', async () => {
    const { beginning, back } = await getCode({ scope: 'tasks:read offline_access' })
    const asked = Array.from({ length: 5 }, () => errorOf(notebook.finish(beginning, back)))
    const errors = await Promise.all(asked)
    expect(errors.filter((error) => error === undefined).length).toBeLessThanOrEqual(1)
    expect(errors.filter((error) => error === 'invalid_grant').length).toBeGreaterThanOrEqual(4)
  })

  it('that is used twice ends the tokens that it gave', async () => {
    const { beginning, back } = await getCode({ scope: 'tasks:read offline_access' })
    const tokens = await notebook.finish(beginning, back)
    expect(await statusOf(tokens.access_token)).toBe(200)
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
    expect(await statusOf(tokens.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
  })

  it('that is used a third time ends nothing more', async () => {
    const { beginning, back } = await getCode()
    await notebook.finish(beginning, back)
    await errorOf(notebook.finish(beginning, back))
    const ended = await countEnded()
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
    expect(await countEnded()).toBe(ended)
  })

  it('that is used twice ends also a token that cannot be refreshed', async () => {
    const { beginning, back } = await getCode()
    const { access_token } = await notebook.finish(beginning, back)
    await errorOf(notebook.finish(beginning, back))
    expect(await statusOf(access_token)).toBe(401)
  })
})

async function countEnded(): Promise<number> {
  return (await app.pool.query('select 1 from ended_sessions')).rows.length
}

describe('a refresh token', () => {
  const offline = { scope: 'tasks:read tasks:write offline_access' }
  const connectBob = async () => notebook.connect(await app.signUp('Bob'), offline)

  it('gives a new access token and a new refresh token', async () => {
    const first = await connectBob()
    const second = await notebook.refresh(first)
    expect(second.refresh_token).toMatch(/^taskward_refresh_/)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await statusOf(second.access_token, deleteAll)).toBe(200)
  })

  it('gives less when less is asked for, and never more', async () => {
    const tokens = await connectBob()
    expect(await errorOf(notebook.refresh(tokens, { scope: 'email' }))).toBe('invalid_scope')
    const { access_token } = await notebook.refresh(tokens, { scope: 'tasks:read' })
    expect(await statusOf(access_token, deleteAll)).toBe(403)
  })

  it('gives one new one, however many ask at once', async () => {
    const tokens = await connectBob()
    const asked = Array.from({ length: 5 }, () => errorOf(notebook.refresh(tokens)))
    const errors = await Promise.all(asked)
    expect(errors.filter((error) => error === undefined).length).toBeLessThanOrEqual(1)
    expect(errors.filter((error) => error === 'invalid_grant').length).toBeGreaterThanOrEqual(4)
  })

  it('that is used twice ends the whole family, access tokens too', async () => {
    const first = await connectBob()
    const second = await notebook.refresh(first)
    expect(await errorOf(notebook.refresh(first))).toBe('invalid_grant')
    expect(await statusOf(second.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(second))).toBe('invalid_grant')
  })

  it('is refused to another app', async () => {
    const other = await registerApp(app)
    const { refresh_token = '' } = await connectBob()
    const stolen = client.refreshTokenGrant(other.config, refresh_token)
    expect(await errorOf(stolen)).toBe('invalid_grant')
  })

  it('for more than the person now allows is refused', async () => {
    const bob = await app.signUp('Bob')
    const tokens = await notebook.connect(bob, offline)
    await notebook.connect(bob, { scope: 'tasks:read', prompt: 'consent' })
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
    const { access_token } = await notebook.refresh(tokens, { scope: 'tasks:read' })
    expect(await statusOf(access_token)).toBe(200)
  })

  it('that nobody made is refused', async () => {
    for (const made of ['taskward_refresh_made-up', 'made-up']) {
      expect(await errorOf(client.refreshTokenGrant(notebook.config, made))).toBe('invalid_grant')
    }
  })

  it('goes on when the person signs out, while the token in hand ends', async () => {
    const bob = await app.signUp('Bob')
    const tokens = await notebook.connect(bob, offline)
    await post(app, bob, '/sign-out', {})
    expect(await statusOf(tokens.access_token)).toBe(401)
    const { access_token } = await notebook.refresh(tokens)
    expect(await statusOf(access_token)).toBe(200)
  })
})

describe('revocation', () => {
  const offline = { scope: 'tasks:read offline_access' }

  it('ends an access token at once, and leaves the app connected', async () => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    expect(await statusOf(tokens.access_token)).toBe(401)
    expect(await statusOf((await notebook.refresh(tokens)).access_token)).toBe(200)
  })

  it('of the same access token again ends no other', async () => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    const { access_token } = await notebook.refresh(tokens)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    expect(await statusOf(access_token)).toBe(200)
  })

  it('ends a refresh token with its access tokens', async () => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.refresh_token ?? '')
    expect(await statusOf(tokens.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
  })

  it('by another app ends nothing', async () => {
    const other = await registerApp(app)
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(other.config, tokens.access_token)
    await client.tokenRevocation(other.config, tokens.refresh_token ?? '')
    expect(await statusOf(tokens.access_token)).toBe(200)
    expect(await statusOf((await notebook.refresh(tokens)).access_token)).toBe(200)
  })

  it('of what is no token is no error (RFC 7009 §2.2)', async () => {
    await client.tokenRevocation(notebook.config, 'made-up')
  })
})
