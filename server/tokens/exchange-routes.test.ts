import { describe, expect } from 'vitest'
import { jwtOf, listAccessTokens, makeAccessToken } from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders } from '../testing/app.ts'
import { listAuthRoutes } from '../testing/auth.ts'
import {
  accepted,
  type RawRequest,
  refused,
  sendRaw,
  withoutCredential,
} from '../testing/raw-request.ts'
import { it as base } from '../testing/test.ts'
import { withoutTables } from '../testing/without-tables.ts'
import { createAccessToken } from './access-token.ts'

type Scene = { ada: Account; token: string }
type Headers = Record<string, string>

const it = base
  .extend('token', { scope: 'file' }, async ({ app, ada }) => {
    return (await makeAccessToken(app, ada, ['tasks:read'])).token
  })
  .extend('routes', { scope: 'file' }, ({ app }) => listAuthRoutes(app))

const bearer = (credential: string) => ['Authorization', `Bearer ${credential}`]
const documents = ['{ viewer { id } }', '{ __typename }', '{ nothing }', '{ viewer {']

/** Bad credentials, each with the request headers that carry it. */
type Bad = [fault: string, headers: (scene: Scene) => string[]]

const bad: Bad[] = [
  ['a token that was never issued', () => bearer(createAccessToken())],
  [
    'a wrong checksum',
    ({ token }) => bearer(`${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`),
  ],
  ['another prefix', ({ token }) => bearer(token.replace('taskward_', 'taskword_'))],
  ['a prefix in capitals', ({ token }) => bearer(token.replace('taskward_', 'TASKWARD_'))],
  ['no prefix', ({ token }) => bearer(token.slice(9))],
  ['the prefix alone', () => bearer('taskward_')],
  ['other case', ({ token }) => bearer(token.toUpperCase())],
  ['its last character missing', ({ token }) => bearer(token.slice(0, -1))],
  ['a character too many', ({ token }) => bearer(`${token}a`)],
  ['the token twice in one word', ({ token }) => bearer(token + token)],
  ['the token twice with a comma', ({ token }) => bearer(`${token},${token}`)],
  ['the token twice with a space', ({ token }) => bearer(`${token} ${token}`)],
  ['a space in it', ({ token }) => bearer(token.replace('_', '_ '))],
  ['quotes around it', ({ token }) => bearer(`"${token}"`)],
  ['a dot after it', ({ token }) => bearer(`${token}.`)],
  ['three parts like a JWT', ({ token }) => bearer(`${token}.${token}.${token}`)],
  ['its hash', () => bearer('n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg')],
  ['only its first characters', ({ token }) => bearer(token.slice(0, 13))],
  ['SQL', () => bearer("taskward_'or'1'='1")],
  ['10,000 letters', () => bearer(`taskward_${'a'.repeat(10_000)}`)],
  ['Basic', ({ token }) => ['Authorization', `Basic ${token}`]],
  ['Basic, as a password', ({ token }) => ['Authorization', `Basic ${btoa(`ada:${token}`)}`]],
  ['Token', ({ token }) => ['Authorization', `Token ${token}`]],
  ['no scheme', ({ token }) => ['Authorization', token]],
  ['two headers', ({ token }) => [...bearer(token), ...bearer(token)]],
  ['a JWT as well', ({ ada, token }) => [...bearer(ada.token), ...bearer(token)]],
  ['a JWT as well, after it', ({ ada, token }) => [...bearer(token), ...bearer(ada.token)]],
]

describe('a bad access token is refused at /graphql with any document', () => {
  it.for(bad)('%s', async ([_fault, headersOf], { app, ada, token }) => {
    const headers = headersOf({ ada, token })
    const outcomes = documents.map((query) => sendRaw(app.url, { query, headers }))
    expect(await Promise.all(outcomes)).toEqual(documents.map(() => refused))
  })

  it('causes no query when its checksum is wrong', async ({ app, ada }) => {
    const made = await makeAccessToken(app, ada, [])
    const [invented, unknown] = await withoutTables(app, ['apikey'], async () => [
      await sendRaw(app.url, { headers: bearer(`taskward_${'a'.repeat(38)}`) }),
      await sendRaw(app.url, { headers: bearer(made.token) }),
    ])
    expect([invented, unknown?.status]).toEqual([refused, 500])
  })

  it('causes one query when it is unknown, also if it comes again', async ({ app }) => {
    const headers = bearer(createAccessToken())
    await sendRaw(app.url, { headers })
    const again = await withoutTables(app, ['apikey'], () =>
      Promise.all([1, 2, 3].map(() => sendRaw(app.url, { headers }))),
    )
    expect(again).toEqual([refused, refused, refused])
  })
})

describe('an access token outside the Authorization header is ignored', () => {
  it.for<[place: string, requestWith: (scene: Scene) => RawRequest]>([
    ['X-API-Key', ({ token }) => ({ headers: ['X-API-Key', token] })],
    [
      'the session cookie',
      ({ token }) => ({ headers: ['Cookie', `better-auth.session_token=${token}`] }),
    ],
    ['another cookie', ({ token }) => ({ headers: ['Cookie', `token=${token}`] })],
    ['the query string', ({ token }) => ({ path: `/graphql?access_token=${token}` })],
    ['the variables', ({ token }) => ({ body: { variables: { token } } })],
    ['the extensions', ({ token }) => ({ body: { extensions: { authorization: token } } })],
    [
      'Proxy-Authorization',
      ({ token }) => ({ headers: ['Proxy-Authorization', `Bearer ${token}`] }),
    ],
  ])('%s', async ([_place, requestWith], { app, ada, token }) => {
    expect(await sendRaw(app.url, requestWith({ ada, token }))).toEqual(withoutCredential)
  })
})

describe('a good access token', () => {
  it.for<[kind: string, headersOf: (scene: Scene) => string[]]>([
    ['after Bearer', ({ token }) => bearer(token)],
    ['after bearer in lower case', ({ token }) => ['authorization', `bearer ${token}`]],
    ['with several spaces before it', ({ token }) => ['Authorization', `Bearer   ${token}`]],
    [
      'beside a cookie and an X-API-Key',
      ({ ada, token }) => [...bearer(token), 'Cookie', ada.cookie, 'X-API-Key', 'a'],
    ],
  ])('is accepted at /graphql %s', async ([_kind, headersOf], { app, ada, token }) => {
    expect(await sendRaw(app.url, { headers: headersOf({ ada, token }) })).toEqual(accepted)
  })

  it('can be exchanged in X-API-Key and in Authorization', async ({ app, token }) => {
    const choices: Headers[] = [{ 'X-API-Key': token }, { Authorization: `Bearer ${token}` }]
    for (const headers of choices) {
      const response = await app.request('/api/auth/token', { headers })
      expect(response.status).toBe(200)
    }
  })
})

/** The headers in which a client may send an access token. */
const places: [place: string, headersOf: (scene: Scene) => Headers][] = [
  ['in X-API-Key', ({ token }) => ({ 'X-API-Key': token })],
  ['after Bearer', ({ token }) => ({ Authorization: `Bearer ${token}` })],
  ['after another scheme', ({ token }) => ({ Authorization: `Token ${token}` })],
]

describe('at /api/auth', () => {
  it('the expected routes exist', ({ routes }) => {
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
      expect.arrayContaining([
        'GET /token',
        'POST /sign-out',
        'POST /access-token/create',
        'POST /delete-user',
      ]),
    )
    expect(routes.length).toBeGreaterThan(40)
  })

  it.for(places)(
    'an access token %s is refused on every other route, also beside a valid cookie',
    async ([_place, headersOf], { app, ada, token, routes }) => {
      const others = routes.filter(({ method, path }) => `${method} ${path}` !== 'GET /token')
      const tokensBefore = await listAccessTokens(app, ada)
      for (const { method, path } of others) {
        const response = await request({ app, ada }, method, path, {
          cookie: ada.cookie,
          ...headersOf({ ada, token }),
        })
        expect([method, path, response.status]).toEqual([method, path, 401])
        expect(response.headers.getSetCookie()).toEqual([])
        expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
      }
      // No route had an effect, such as a sign-out or the deletion of the account.
      const { rows } = await app.pool.query('select from session where "userId" = $1', [ada.id])
      expect(rows).toHaveLength(1)
      expect(await listAccessTokens(app, ada)).toEqual(tokensBefore)
    },
  )

  it('a JWT from an access token has the same effect as no credential', async ({
    app,
    ada,
    token,
    routes,
  }) => {
    const jwt = await jwtOf(app, token)
    for (const { method, path } of routes) {
      const [withToken, without] = [
        await request({ app, ada }, method, path, { Authorization: `Bearer ${jwt}` }),
        await request({ app, ada }, method, path, {}),
      ]
      expect([method, path, withToken.status]).toEqual([method, path, without.status])
    }
  })

  it.for<[fault: string, headersOf: (scene: Scene) => Headers]>([
    [
      'two access tokens',
      ({ token }) => ({ 'X-API-Key': token, Authorization: `Bearer ${token}` }),
    ],
    [
      'an access token and a JWT',
      ({ ada, token }) => ({ 'X-API-Key': token, Authorization: `Bearer ${ada.token}` }),
    ],
    ['a JWT in X-API-Key', ({ ada }) => ({ 'X-API-Key': ada.token })],
    ['another text in X-API-Key', ({ ada }) => ({ 'X-API-Key': 'a key', cookie: ada.cookie })],
    ['an empty X-API-Key', ({ ada }) => ({ 'X-API-Key': '', cookie: ada.cookie })],
    [
      'a bad access token beside a valid cookie',
      ({ ada }) => ({ 'X-API-Key': createAccessToken(), cookie: ada.cookie }),
    ],
    [
      'a bad access token after Bearer',
      ({ ada }) => ({ Authorization: `Bearer ${createAccessToken()}`, cookie: ada.cookie }),
    ],
    [
      'a valid access token after another scheme',
      ({ ada, token }) => ({ Authorization: `Token ${token}`, cookie: ada.cookie }),
    ],
    [
      'two access tokens in one header',
      ({ token }) => ({ Authorization: `Bearer ${token}, Bearer ${token}` }),
    ],
  ])('no JWT is issued for %s', async ([_fault, headersOf], { app, ada, token }) => {
    const response = await app.request('/api/auth/token', { headers: headersOf({ ada, token }) })
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"')
    expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it.for(['POST', 'HEAD', 'DELETE'])(
    'no JWT is issued for the method %s',
    async (method, { app, token }) => {
      const response = await app.request('/api/auth/token', {
        method,
        headers: { 'X-API-Key': token },
      })
      expect(response.status).toBe(401)
    },
  )

  it.for([
    'token/',
    '/token',
    'Token',
    'token/exchange/',
    'token%2Fexchange',
    '../auth/get-session',
  ])('another spelling of a path is refused: %s', async (path, { app, ada, token }) => {
    const response = await request({ app, ada }, 'GET', `/${path}`, {
      'X-API-Key': token,
      cookie: ada.cookie,
    })
    expect(response.status).toBe(401)
  })

  it.for(['create', 'list', 'get', 'update', 'delete'])(
    'the routes of the api-key plugin are not served: %s',
    async (name, { app, ada }) => {
      for (const method of ['GET', 'POST']) {
        const response = await request({ app, ada }, method, `/api-key/${name}`, {
          cookie: ada.cookie,
        })
        expect(response.status).toBe(404)
      }
    },
  )
})

/** Sends a body that is valid on every route. */
function request(
  { app, ada }: { app: App; ada: Account },
  method: string,
  path: string,
  headers: Headers,
): Promise<Response> {
  const { email, password } = ada
  const body = { email, password, name: 'A script', scopes: [], newPassword: password, id: 'x' }
  return app.request(`/api/auth${path.replace(/:\w+/g, 'x')}`, {
    method,
    redirect: 'manual',
    headers: { ...jsonHeaders, ...headers },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  })
}
