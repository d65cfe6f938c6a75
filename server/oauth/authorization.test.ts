import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, startApp } from '../testing/app.ts'
import {
  allow,
  decide,
  type ForeignApp,
  open,
  post,
  redeem,
  redirectUri,
  registerApp,
  webRedirectUri,
} from '../testing/oauth.ts'

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
      email_verified: false,
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
    const web = { redirect_uri: webRedirectUri }
    const ask = async (scope: string) =>
      open(app, (await notebook.begin({ ...web, scope })).url, bob)
    await notebook.connect(bob, web)
    expect(answerIn(await ask('tasks:read')).page).toBe(webRedirectUri)
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
    const { body } = await redeem(app, {
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
    ['a code_challenge of 42 characters', { code_challenge: 'a'.repeat(42) }, 'invalid_request'],
    ['one of 129 characters', { code_challenge: 'a'.repeat(129) }, 'invalid_request'],
    ['one of other characters', { code_challenge: '+'.repeat(43) }, 'invalid_request'],
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
      const web = { redirect_uri: webRedirectUri }
      await notebook.connect(ada, web)
      const answer = await ask({ ...web, prompt, max_age: '0' })
      expect(answer).toEqual({ page: webRedirectUri, error: null })
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
