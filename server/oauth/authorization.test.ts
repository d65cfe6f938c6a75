import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { describe, expect } from 'vitest'
import type { Account, App } from '../testing/app.ts'
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
import { it } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'

const whoAmI = '{ viewer { id scopes } }'
const list = '{ tasks { totalCount } }'
const deleteAll = 'mutation { deleteCompletedTasks { deletedTaskIds } }'

/** The page and the error in the URL that the server redirects the browser to. */
const answerIn = (app: App, location: string) => {
  const { origin, pathname, searchParams } = new URL(location, app.url)
  return {
    page: origin === app.url ? pathname : origin + pathname,
    error: searchParams.get('error'),
  }
}

describe('an app', () => {
  it('gets a token for the scopes that the user has allowed, and no others', async ({
    app,
    ada,
    notebook,
  }) => {
    const { access_token, refresh_token, ...rest } = await notebook.connect(ada)
    expect(rest).toMatchObject({ token_type: 'bearer', scope: 'tasks:read', expires_in: 900 })
    expect(refresh_token).toBeUndefined()
    const { body } = await app.query(whoAmI, {}, access_token)
    expect(body.data).toEqual({ viewer: { id: ada.id, scopes: ['tasks:read'] } })
    expect(await statusOf(app, access_token, list)).toBe(200)
    expect(await statusOf(app, access_token, deleteAll)).toBe(403)
  })

  it('gets a JWT for the API with the claims of RFC 9068', async ({ app, ada, notebook }) => {
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
      actor: { kind: 'APP', id: notebook.clientId, name: 'Notebook' },
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: Number(claims.iat) + 900,
    })
  })

  it('does not receive the e-mail address without its scope', async ({ app, ada, notebook }) => {
    const { access_token } = await notebook.connect(ada)
    expect(decodeJwt(access_token)).not.toHaveProperty('email')
    expect(await statusOf(app, access_token, '{ viewer { email } }')).toBe(403)
  })

  it('that requests no scope gets tasks:read', async ({ ada, notebook }) => {
    const { access_token } = await notebook.connect(ada, { scope: '' })
    expect(decodeJwt(access_token).scope).toBe('tasks:read')
  })

  it.for(['', '/', '/graphql', '/mcp'])(
    'may name the resource "…%s", and gets a token for the API',
    async (place, { app, ada, notebook }) => {
      const { access_token } = await notebook.connect(ada, { resource: app.url + place })
      expect(decodeJwt(access_token).aud).toBe(app.url)
    },
  )

  it('needs consent once, and again for more scopes', async ({ app, notebook }) => {
    const bob = await app.signUp('Bob')
    const web = { redirect_uri: webRedirectUri }
    const ask = async (scope: string) =>
      open(app, (await notebook.begin({ ...web, scope })).url, bob)
    await notebook.connect(bob, web)
    expect(answerIn(app, await ask('tasks:read')).page).toBe(webRedirectUri)
    expect(answerIn(app, await ask('tasks:read tasks:write')).page).toBe('/oauth/consent')
  })

  it('with a secret must authenticate', async ({ app, ada }) => {
    const diary = await registerApp(
      app,
      { token_endpoint_auth_method: 'client_secret_basic' },
      client.ClientSecretBasic(),
    )
    expect(await statusOf(app, (await diary.connect(ada)).access_token, list)).toBe(200)
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

describe('a user', () => {
  it('who is not signed in is redirected to sign-in with the request', async ({
    app,
    notebook,
  }) => {
    const { url } = await notebook.begin()
    const { pathname, searchParams } = new URL(await open(app, url), app.url)
    expect(pathname).toBe('/sign-in')
    expect(searchParams.get('client_id')).toBe(notebook.clientId)
  })

  it('who denies is redirected to the app with access_denied', async ({ app, notebook }) => {
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

  it.for(['account', 'tasks:read account', 'openid account offline_access'])(
    'cannot allow what only the user may do: scope "%s" is invalid_scope',
    async (scope, { app, ada, notebook }) => {
      const { url } = await notebook.begin({ scope })
      const back = new URL(await open(app, url, ada))
      expect(back.searchParams.get('error')).toBe('invalid_scope')
      expect(back.searchParams.has('code')).toBe(false)
    },
  )

  it('sees the meaning of each requested scope', async ({ app, ada, notebook }) => {
    const { url } = await notebook.begin({ scope: 'tasks:write offline_access' })
    const { search } = new URL(await open(app, url, await app.signUp('Bob')), app.url)
    const answer = await post(app, ada, '/oauth2/request', { oauth_query: search.slice(1) })
    expect(await answer.json()).toEqual({
      app: { name: 'Notebook', publisher: null, redirectUri },
      scopes: [
        { scope: 'tasks:write', meaning: expect.stringMatching(/change and restore/) },
        { scope: 'offline_access', meaning: expect.stringMatching(/while you are not signed in/) },
      ],
      maxDeletions: 50,
      maxChanges: 1_000,
    })
  })

  it.for<[what: string, name: string, value: string]>([
    ['to another scope', 'scope', 'tasks:write'],
    ['to another app', 'client_id', 'another-client'],
    ['to another redirect', 'redirect_uri', 'https://evil.example'],
  ])(
    'cannot consent to a request that was changed %s',
    async ([_what, name, value], { app, notebook }) => {
      const bob = await app.signUp('Bob')
      const consent = new URL(await open(app, (await notebook.begin()).url, bob), app.url)
      consent.searchParams.set(name, value)
      const tampered = consent.pathname + consent.search
      expect((await decide(app, bob, tampered, true)).status).toBe(400)
      const oauth_query = consent.search.slice(1)
      expect((await post(app, bob, '/oauth2/request', { oauth_query })).status).toBe(400)
    },
  )
})

describe('an authorization request', () => {
  type Scene = { app: App; ada: Account; notebook: ForeignApp }
  const ask = async ({ app, ada, notebook }: Scene, params: Record<string, string>) =>
    answerIn(app, await open(app, (await notebook.begin(params)).url, ada))

  it.for<[string, Record<string, string>, string]>([
    ['only scopes that do not exist', { scope: 'openid admin' }, 'invalid_scope'],
    ['another resource', { resource: 'https://api.example.com' }, 'invalid_target'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a code_challenge of 42 characters', { code_challenge: 'a'.repeat(42) }, 'invalid_request'],
    ['one of 129 characters', { code_challenge: 'a'.repeat(129) }, 'invalid_request'],
    ['one of other characters', { code_challenge: '+'.repeat(43) }, 'invalid_request'],
  ])(
    'for %s is refused with a redirect to the app',
    async ([_fault, params, error], { app, ada, notebook }) => {
      expect((await ask({ app, ada, notebook }, params)).error).toBe(error)
    },
  )

  it.for<[scope: string, offered: string]>([
    ['openid profile email tasks:read offline_access', 'email tasks:read offline_access'],
    ['openid tasks:read admin tasks:read', 'tasks:read'],
  ])('for “%s” asks the user for “%s”', async ([scope, offered], { app, ada, notebook }) => {
    const consent = await open(app, (await notebook.begin({ scope })).url, ada)
    const { pathname, searchParams } = new URL(consent, app.url)
    expect([pathname, searchParams.get('scope')]).toEqual(['/oauth/consent', offered])
  })

  it('never gives a scope that is not offered', async ({ app, ada, notebook }) => {
    const offline = 'openid tasks:admin tasks:read offline_access'
    const tokens = await notebook.connect(ada, { scope: offline })
    expect(tokens.scope).toBe('tasks:read offline_access')
    const fresh = await notebook.refresh(tokens, { scope: 'openid tasks:read' })
    expect(decodeJwt(fresh.access_token).scope).toBe('tasks:read')
    expect(await statusOf(app, fresh.access_token, deleteAll)).toBe(403)
  })

  it('for a token without a code is refused with a redirect to the app', async ({
    app,
    ada,
    notebook,
  }) => {
    const url = new URL((await notebook.begin()).url)
    url.searchParams.set('response_type', 'token')
    const location = new URL(await open(app, url.href, ada))
    expect(location.origin + location.pathname).toBe(redirectUri)
    expect(location.hash).toContain('error=unsupported_response_type')
  })

  it('with prompt=none gets an error if the user must act', async ({ app, notebook }) => {
    const { url } = await notebook.begin({ prompt: 'none' })
    expect(answerIn(app, await open(app, url, await app.signUp('Bob'))).error).toBe(
      'consent_required',
    )
    expect(answerIn(app, await open(app, url)).error).toBe('login_required')
  })

  it.for(['login', 'create', 'select_account'])(
    'ignores the prompt “%s” of OpenID Connect',
    async (prompt, { app, ada, notebook }) => {
      const web = { redirect_uri: webRedirectUri }
      await notebook.connect(ada, web)
      const answer = await ask({ app, ada, notebook }, { ...web, prompt, max_age: '0' })
      expect(answer).toEqual({ page: webRedirectUri, error: null })
    },
  )

  it.for(['client_id', 'redirect_uri', 'scope', 'state', 'resource', 'code_challenge', 'prompt'])(
    'with a null character in %s is answered with a redirect',
    async (name, { app, ada, notebook }) => {
      expect(await open(app, (await notebook.begin({ [name]: 'a\0b' })).url, ada)).toMatch(/[?]/)
    },
  )

  it('without PKCE is refused with a redirect to the app', async ({ app, ada, notebook }) => {
    const url = new URL((await notebook.begin()).url)
    url.searchParams.delete('code_challenge')
    const answer = answerIn(app, await open(app, url.href, ada))
    expect(answer).toEqual({ page: redirectUri, error: 'invalid_request' })
  })

  it.for([
    'https://evil.example/',
    `${redirectUri}/more`,
    'http://127.0.0.1:9/',
    'javascript:alert(1)',
  ])(
    'never redirects to %s, which the app has not registered',
    async (redirect_uri, { app, ada, notebook }) => {
      expect((await ask({ app, ada, notebook }, { redirect_uri })).page).toBe('/oauth/error')
    },
  )

  it('accepts GET and not POST', async ({ app, notebook }) => {
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

  it('of an unknown app shows the error page', async ({ app, ada, notebook }) => {
    expect((await ask({ app, ada, notebook }, { client_id: 'another-client' })).page).toBe(
      '/oauth/error',
    )
  })

  it('may have another port of the same loopback address (RFC 8252 §7.3)', async ({
    app,
    ada,
    notebook,
  }) => {
    const other = 'http://127.0.0.1:50123/callback'
    expect(
      (await ask({ app, ada, notebook }, { redirect_uri: other, scope: 'tasks:read' })).error,
    ).toBeNull()
  })
})
