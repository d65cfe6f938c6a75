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

/** Bad credentials, each with the request headers that carry it. */
type Bad = [fault: string, headers: () => string[]]

const bad: Bad[] = [
  ['a token that was never issued', () => bearer(createAccessToken())],
  ['a wrong checksum', () => bearer(`${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`)],
  ['another prefix', () => bearer(token.replace('taskward_', 'taskword_'))],
  ['a prefix in capitals', () => bearer(token.replace('taskward_', 'TASKWARD_'))],
  ['no prefix', () => bearer(token.slice(9))],
  ['the prefix alone', () => bearer('taskward_')],
  ['other case', () => bearer(token.toUpperCase())],
  ['its last character missing', () => bearer(token.slice(0, -1))],
  ['a character too many', () => bearer(`${token}a`)],
  ['the token twice in one word', () => bearer(token + token)],
  ['the token twice with a comma', () => bearer(`${token},${token}`)],
  ['the token twice with a space', () => bearer(`${token} ${token}`)],
  ['a space in it', () => bearer(token.replace('_', '_ '))],
  ['quotes around it', () => bearer(`"${token}"`)],
  ['a dot after it', () => bearer(`${token}.`)],
  ['three parts like a JWT', () => bearer(`${token}.${token}.${token}`)],
  ['its hash', () => bearer('n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg')],
  ['only its first characters', () => bearer(token.slice(0, 13))],
  ['SQL', () => bearer("taskward_'or'1'='1")],
  ['10,000 letters', () => bearer(`taskward_${'a'.repeat(10_000)}`)],
  ['Basic', () => ['Authorization', `Basic ${token}`]],
  ['Basic, as a password', () => ['Authorization', `Basic ${btoa(`ada:${token}`)}`]],
  ['Token', () => ['Authorization', `Token ${token}`]],
  ['no scheme', () => ['Authorization', token]],
  ['two headers', () => [...bearer(token), ...bearer(token)]],
  ['a JWT as well', () => [...bearer(ada.token), ...bearer(token)]],
  ['a JWT as well, after it', () => [...bearer(token), ...bearer(ada.token)]],
]

describe('a bad access token is refused at /graphql with any document', () => {
  it.each(bad)('%s', async (_fault, headers) => {
    const outcomes = documents.map((query) => send({ query, headers: headers() }))
    expect(await Promise.all(outcomes)).toEqual(documents.map(() => refused))
  })

  it('causes no query when its checksum is wrong', async () => {
    const made = await makeAccessToken(app, ada, [])
    await app.pool.query('alter table apikey rename to apikey_renamed')
    const invented = await send({ headers: bearer(`taskward_${'a'.repeat(38)}`) })
    const unknown = await send({ headers: bearer(made.token) })
    await app.pool.query('alter table apikey_renamed rename to apikey')
    expect([invented, unknown.status]).toEqual([refused, 500])
  })

  it('causes one query when it is unknown, also if it comes again', async () => {
    const headers = bearer(createAccessToken())
    await send({ headers })
    await app.pool.query('alter table apikey rename to apikey_renamed')
    const again = await Promise.all([1, 2, 3].map(() => send({ headers })))
    await app.pool.query('alter table apikey_renamed rename to apikey')
    expect(again).toEqual([refused, refused, refused])
  })
})

describe('an access token outside the Authorization header is ignored', () => {
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
    ['after bearer in lower case', () => ['authorization', `bearer ${token}`]],
    ['with several spaces before it', () => ['Authorization', `Bearer   ${token}`]],
    [
      'beside a cookie and an X-API-Key',
      () => [...bearer(token), 'Cookie', ada.cookie, 'X-API-Key', 'a'],
    ],
  ])('is accepted at /graphql %s', async (_kind, headers) => {
    expect(await send({ headers: headers() })).toEqual(accepted)
  })

  it('can be exchanged in X-API-Key and in Authorization', async () => {
    const choices: Headers[] = [{ 'X-API-Key': token }, { Authorization: `Bearer ${token}` }]
    for (const headers of choices) {
      const response = await app.request('/api/auth/token', { headers })
      expect(response.status).toBe(200)
    }
  })
})

/** The headers in which a client may send an access token. */
const places: [place: string, headersOf: () => Headers][] = [
  ['in X-API-Key', () => ({ 'X-API-Key': token })],
  ['after Bearer', () => ({ Authorization: `Bearer ${token}` })],
  ['after another scheme', () => ({ Authorization: `Token ${token}` })],
]

/** Every route of Better Auth with our plugins. */
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

  it('the expected routes exist', () => {
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

  it.each(places)(
    'an access token %s is refused on every other route, also beside a valid cookie',
    async (_place, headersOf) => {
      const others = routes.filter(([method, path]) => `${method} ${path}` !== 'GET /token')
      const tokensBefore = await listAccessTokens(app, ada)
      for (const [method, path] of others) {
        const response = await request(method, path, { cookie: ada.cookie, ...headersOf() })
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

  it('a JWT from an access token has the same effect as no credential', async () => {
    const jwt = await jwtOf(app, token)
    for (const [method, path] of routes) {
      const [withToken, without] = [
        await request(method, path, { Authorization: `Bearer ${jwt}` }),
        await request(method, path, {}),
      ]
      expect([method, path, withToken.status]).toEqual([method, path, without.status])
    }
  })

  it.each<[string, () => Headers]>([
    ['two access tokens', () => ({ 'X-API-Key': token, Authorization: `Bearer ${token}` })],
    [
      'an access token and a JWT',
      () => ({ 'X-API-Key': token, Authorization: `Bearer ${ada.token}` }),
    ],
    ['a JWT in X-API-Key', () => ({ 'X-API-Key': ada.token })],
    ['another text in X-API-Key', () => ({ 'X-API-Key': 'a key', cookie: ada.cookie })],
    ['an empty X-API-Key', () => ({ 'X-API-Key': '', cookie: ada.cookie })],
    [
      'a bad access token beside a valid cookie',
      () => ({ 'X-API-Key': createAccessToken(), cookie: ada.cookie }),
    ],
    [
      'a bad access token after Bearer',
      () => ({ Authorization: `Bearer ${createAccessToken()}`, cookie: ada.cookie }),
    ],
    [
      'a valid access token after another scheme',
      () => ({ Authorization: `Token ${token}`, cookie: ada.cookie }),
    ],
    [
      'two access tokens in one header',
      () => ({ Authorization: `Bearer ${token}, Bearer ${token}` }),
    ],
  ])('no JWT is issued for %s', async (_fault, headersOf) => {
    const response = await app.request('/api/auth/token', { headers: headersOf() })
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"')
    expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it.each(['POST', 'HEAD', 'DELETE'])('no JWT is issued for the method %s', async (method) => {
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
  ])('another spelling of a path is refused: %s', async (path) => {
    const response = await request('GET', `/${path}`, { 'X-API-Key': token, cookie: ada.cookie })
    expect(response.status).toBe(401)
  })

  it.each(['create', 'list', 'get', 'update', 'delete'])(
    'the routes of the api-key plugin are not served: %s',
    async (name) => {
      for (const method of ['GET', 'POST']) {
        const response = await request(method, `/api-key/${name}`, { cookie: ada.cookie })
        expect(response.status).toBe(404)
      }
    },
  )
})

/** Sends a body that is valid on every route. */
function request(method: string, path: string, headers: Headers): Promise<Response> {
  const { email, password } = ada
  const body = { email, password, name: 'A script', scopes: [], newPassword: password, id: 'x' }
  return app.request(`/api/auth${path.replace(/:\w+/g, 'x')}`, {
    method,
    redirect: 'manual',
    headers: { ...jsonHeaders, ...headers },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  })
}
