import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '#db/client.ts'
import { createAuth } from '../accounts/auth.ts'
import { createLog } from '../log/log.ts'
import { jwtOf, listAccessTokens, makeAccessToken } from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders, startApp } from '../testing/app.ts'
import {
  accepted,
  type RawRequest,
  refused,
  sendRaw,
  withoutCredential,
} from '../testing/raw-request.ts'
import { createAccessToken } from './access-token.ts'

let app: App
let ada: Account
let token: string
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
  token = (await makeAccessToken(app, ada, ['tasks:read'])).token
})
afterAll(() => app.close())

type Headers = Record<string, string>

const send = (raw: RawRequest) => sendRaw(app.url, raw)
const bearer = (credential: string) => ['Authorization', `Bearer ${credential}`]
const documents = ['{ viewer { id } }', '{ __typename }', '{ nothing }', '{ viewer {']

/** What a bad credential looks like, in a header of its own unless more is said. */
type Bad = [fault: string, headers: () => string[]]

const bad: Bad[] = [
  ['one that nobody was given', () => bearer(createAccessToken())],
  ['a wrong checksum', () => bearer(`${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`)],
  ['another prefix', () => bearer(token.replace('taskward_', 'taskword_'))],
  ['a prefix in capitals', () => bearer(token.replace('taskward_', 'TASKWARD_'))],
  ['no prefix', () => bearer(token.slice(9))],
  ['the prefix alone', () => bearer('taskward_')],
  ['other case', () => bearer(token.toUpperCase())],
  ['its last character missing', () => bearer(token.slice(0, -1))],
  ['a character too many', () => bearer(`${token}a`)],
  ['itself twice, in one', () => bearer(token + token)],
  ['itself twice, with a comma', () => bearer(`${token},${token}`)],
  ['itself twice, with a blank', () => bearer(`${token} ${token}`)],
  ['a blank in it', () => bearer(token.replace('_', '_ '))],
  ['quotes around it', () => bearer(`"${token}"`)],
  ['a dot behind it', () => bearer(`${token}.`)],
  ['parts as a JWT has them', () => bearer(`${token}.${token}.${token}`)],
  ['its hash', () => bearer('n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg')],
  ['its start only', () => bearer(token.slice(0, 13))],
  ['SQL', () => bearer("taskward_'or'1'='1")],
  ['ten thousand letters', () => bearer(`taskward_${'a'.repeat(10_000)}`)],
  ['Basic', () => ['Authorization', `Basic ${token}`]],
  ['Basic, as a password', () => ['Authorization', `Basic ${btoa(`ada:${token}`)}`]],
  ['Token', () => ['Authorization', `Token ${token}`]],
  ['no word before it', () => ['Authorization', token]],
  ['two headers', () => [...bearer(token), ...bearer(token)]],
  ['a JWT as well', () => [...bearer(ada.token), ...bearer(token)]],
  ['a JWT as well, after it', () => [...bearer(token), ...bearer(ada.token)]],
]

describe('a bad access token is refused on any request to /graphql, whatever the document', () => {
  it.each(bad)('%s', async (_fault, headers) => {
    const outcomes = documents.map((query) => send({ query, headers: headers() }))
    expect(await Promise.all(outcomes)).toEqual(documents.map(() => refused))
  })

  it('and one that was not made by us does not reach the database', async () => {
    const made = await makeAccessToken(app, ada, [])
    await app.pool.query('alter table apikey rename to apikey_away')
    const invented = await send({ headers: bearer(`taskward_${'a'.repeat(38)}`) })
    const unknown = await send({ headers: bearer(made.token) })
    await app.pool.query('alter table apikey_away rename to apikey')
    expect([invented, unknown.status]).toEqual([refused, 500])
  })

  it('and the database is asked once for one that nobody was given, however often it comes', async () => {
    const headers = bearer(createAccessToken())
    await send({ headers })
    await app.pool.query('alter table apikey rename to apikey_away')
    const again = await Promise.all([1, 2, 3].map(() => send({ headers })))
    await app.pool.query('alter table apikey_away rename to apikey')
    expect(again).toEqual([refused, refused, refused])
  })
})

describe('an access token anywhere else than in the Authorization header does not count', () => {
  it.each<[string, () => RawRequest]>([
    ['X-API-Key', () => ({ headers: ['X-API-Key', token] })],
    ['the session cookie', () => ({ headers: ['Cookie', `better-auth.session_token=${token}`] })],
    ['another cookie', () => ({ headers: ['Cookie', `token=${token}`] })],
    ['the query string', () => ({ path: `/graphql?access_token=${token}` })],
    ['the variables', () => ({ body: { variables: { token } } })],
    ['the extensions', () => ({ body: { extensions: { authorization: token } } })],
    ['Proxy-Authorization', () => ({ headers: ['Proxy-Authorization', `Bearer ${token}`] })],
  ])('%s', async (_place, options) => {
    expect(await send(options())).toEqual(withoutCredential)
  })
})

describe('a good access token', () => {
  it.each<[string, () => string[]]>([
    ['after Bearer', () => bearer(token)],
    ['after bearer in small letters', () => ['authorization', `bearer ${token}`]],
    ['with blanks before it', () => ['Authorization', `Bearer   ${token}`]],
    [
      'beside a cookie and an X-API-Key',
      () => [...bearer(token), 'Cookie', ada.cookie, 'X-API-Key', 'a'],
    ],
  ])('is accepted at /graphql %s', async (_kind, headers) => {
    expect(await send({ headers: headers() })).toEqual(accepted)
  })

  it('may be exchanged in either of two headers', async () => {
    const ways: Headers[] = [{ 'X-API-Key': token }, { Authorization: `Bearer ${token}` }]
    for (const headers of ways) {
      const response = await app.request('/api/auth/token', { headers })
      expect(response.status).toBe(200)
    }
  })
})

/** In every way in which somebody may try to sign in with an access token. */
const waysToSend: [way: string, headersOf: () => Headers][] = [
  ['in X-API-Key', () => ({ 'X-API-Key': token })],
  ['after Bearer', () => ({ Authorization: `Bearer ${token}` })],
  ['after another word', () => ({ Authorization: `Token ${token}` })],
]

/** Every route that Better Auth has with our plugins, as it says itself. */
async function readRoutes(): Promise<[method: string, path: string][]> {
  const log = createLog({ isProduction: true, logLevel: 'silent' })
  const { db, pool, close } = connect(app.databaseUrl, log)
  const times = { keyRotationDays: 90, keyGraceHours: 24 }
  const limits = { trustedOrigins: [], signUpsPerHour: 0 }
  const { secret, url: baseUrl } = app
  const auth = createAuth({ db, pool, secret, baseUrl, log, ...times, ...limits })
  await auth.$context
  await close()
  type Endpoint = { path?: string; options: { method?: string | string[] } }
  return Object.values<Endpoint>(auth.api).flatMap(({ path, options: { method = 'GET' } }) =>
    [method].flat().flatMap((one): [string, string][] => (path ? [[one, path]] : [])),
  )
}

describe('at /api/auth', () => {
  let routes: [method: string, path: string][]
  beforeAll(async () => {
    routes = await readRoutes()
  })

  it('there are the routes that are meant to be there', () => {
    expect(routes.map(([method, path]) => `${method} ${path}`)).toEqual(
      expect.arrayContaining([
        'GET /token',
        'POST /sign-out',
        'POST /access-token/create',
        'POST /delete-user',
      ]),
    )
    expect(routes.length).toBeGreaterThan(40)
  })

  it.each(waysToSend)(
    'an access token %s opens no route, not even beside a good cookie',
    async (_way, headersOf) => {
      const others = routes.filter(([method, path]) => `${method} ${path}` !== 'GET /token')
      const tokensBefore = await listAccessTokens(app, ada)
      for (const [method, path] of others) {
        const response = await knock(method, path, { cookie: ada.cookie, ...headersOf() })
        expect([method, path, response.status]).toEqual([method, path, 401])
        expect(response.headers.getSetCookie()).toEqual([])
        expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
      }
      // Signing out, deleting the account and the like have not happened.
      const { rows } = await app.pool.query('select from session where "userId" = $1', [ada.id])
      expect(rows).toHaveLength(1)
      expect(await listAccessTokens(app, ada)).toEqual(tokensBefore)
    },
  )

  it('a token that was made of one opens no route that is not open to everybody', async () => {
    const jwt = await jwtOf(app, token)
    for (const [method, path] of routes) {
      const [withToken, without] = [
        await knock(method, path, { Authorization: `Bearer ${jwt}` }),
        await knock(method, path, {}),
      ]
      expect([method, path, withToken.status]).toEqual([method, path, without.status])
    }
  })

  it.each<[string, () => Headers]>([
    ['two of them', () => ({ 'X-API-Key': token, Authorization: `Bearer ${token}` })],
    ['one and a JWT', () => ({ 'X-API-Key': token, Authorization: `Bearer ${ada.token}` })],
    ['a JWT in its place', () => ({ 'X-API-Key': ada.token })],
    ['something else in its place', () => ({ 'X-API-Key': 'a key', cookie: ada.cookie })],
    ['nothing in its place', () => ({ 'X-API-Key': '', cookie: ada.cookie })],
    [
      'a bad one beside a good cookie',
      () => ({ 'X-API-Key': createAccessToken(), cookie: ada.cookie }),
    ],
    [
      'a bad one after Bearer',
      () => ({ Authorization: `Bearer ${createAccessToken()}`, cookie: ada.cookie }),
    ],
    [
      'a good one after another word',
      () => ({ Authorization: `Token ${token}`, cookie: ada.cookie }),
    ],
    ['two in one header', () => ({ Authorization: `Bearer ${token}, Bearer ${token}` })],
  ])('no token is given out for %s', async (_fault, headersOf) => {
    const response = await app.request('/api/auth/token', { headers: headersOf() })
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"')
    expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it.each(['POST', 'HEAD', 'DELETE'])('no token is given out by %s', async (method) => {
    const response = await app.request('/api/auth/token', {
      method,
      headers: { 'X-API-Key': token },
    })
    expect(response.status).toBe(401)
  })

  it.each([
    'token/',
    '/token',
    'Token',
    'token/exchange/',
    'token%2Fexchange',
    '../auth/get-session',
  ])('no other way to write a path is let through: %s', async (path) => {
    const response = await knock('GET', `/${path}`, { 'X-API-Key': token, cookie: ada.cookie })
    expect(response.status).toBe(401)
  })

  it.each(['create', 'list', 'get', 'update', 'delete'])(
    'the plugin’s own routes are shut: %s',
    async (name) => {
      for (const method of ['GET', 'POST']) {
        const response = await knock(method, `/api-key/${name}`, { cookie: ada.cookie })
        expect(response.status).toBe(404)
      }
    },
  )
})

/** With a body that would do, wherever one is asked for. */
function knock(method: string, path: string, headers: Headers): Promise<Response> {
  const { email, password } = ada
  const body = { email, password, name: 'A script', scopes: [], newPassword: password, id: 'x' }
  return app.request(`/api/auth${path.replace(/:\w+/g, 'x')}`, {
    method,
    redirect: 'manual',
    headers: { ...jsonHeaders, ...headers },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  })
}
