import { generateKeyPairSync, randomUUID } from 'node:crypto'
import dns from 'node:dns'
import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import pg from 'pg'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { type App, startApp } from '../testing/app.ts'
import { badCredentials } from '../testing/bad-credentials.ts'
import { setClock, setUptime } from '../testing/clock.ts'
import { bearer, createForge, type Forge, now, otherKeys } from '../testing/forge.ts'
import {
  accepted,
  type CredentialOutcome,
  type RawRequest,
  refused,
  sendRaw,
  withoutCredential,
} from '../testing/raw-request.ts'
import { it as base } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'
import { withoutTables } from '../testing/without-tables.ts'

const it = base.extend('forge', { scope: 'file' }, ({ app, ada }) => createForge(app, ada))

/** A protected field, a public field, an unknown field and a syntax error. */
const documents = ['{ viewer { id } }', '{ __typename }', '{ nothing }', '{ viewer {']

const ask = (app: App, authorization: string, query?: string): Promise<CredentialOutcome> =>
  sendRaw(app.url, { query, headers: ['Authorization', authorization] })

describe('a bad credential is refused with any document', () => {
  it.for(badCredentials)('%s', async ([_fault, authorization], { app, forge }) => {
    const credential = authorization(forge)
    const outcomes = documents.map((query) => ask(app, credential, query))
    expect(await Promise.all(outcomes)).toEqual(documents.map(() => refused))
  })

  it('costs at most one check of a signature, and all together five loads of the keys', async () => {
    const app = await startApp()
    onTestFinished(app.close)
    const ada = await app.signUp('Ada')
    const forge = createForge(app, ada)
    setUptime(performance.now() + 5_000) // the limit of loads for unknown keys is full, and stays so
    await vi.waitFor(async () => expect(await statusOf(app, ada.token)).toBe(200))
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const parse = vi.spyOn(pg.Connection.prototype, 'parse')
    onTestFinished(() => void [verify, parse].map((spy) => spy.mockRestore()))
    const checks = new Set<number>()
    for (const [, authorization] of badCredentials) {
      verify.mockClear()
      await ask(app, authorization(forge))
      checks.add(verify.mock.calls.length)
    }
    expect(checks).toEqual(new Set([0, 1]))
    // Rate limits are written every now and then, whatever the fault.
    const queries = parse.mock.calls.flatMap(([{ text }]) => (/rate_limits/.test(text) ? [] : text))
    expect(queries).toEqual(Array(5).fill(expect.stringContaining('from "jwks"')))
  })

  it('causes no connection, also when the token names a URL', async ({ app, forge }) => {
    const trap = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void trap.close())
    await once(trap, 'listening')
    const { port } = trap.address() as AddressInfo
    const places = ['http://127.0.0.1', 'https://127.0.0.1', 'http://keys.example'].flatMap(
      (host) => ['jku', 'x5u', 'iss', 'kid'].map((name) => ({ [name]: `${host}:${port}/jwks` })),
    )
    const named = places.flatMap((place) => [
      bearer(forge.sign(place, place, otherKeys.ed25519)),
      bearer(forge.sign(place, { ...place, kid: undefined }, otherKeys.ed25519)),
    ])
    const lookups = vi.spyOn(dns, 'lookup')
    const connections = vi.spyOn(Socket.prototype, 'connect')
    const credentials = [
      ...named,
      ...badCredentials.map(([, authorization]) => authorization(forge)),
    ]
    for (const credential of credentials) await ask(app, credential)
    const ports = new Set(connections.mock.calls.flat(2).map((target) => Object(target).port))
    const hosts = new Set(lookups.mock.calls.map(([host]) => host))
    for (const spy of [lookups, connections]) spy.mockRestore()

    const ours = [app.url, app.databaseUrl].map((url) => new URL(url))
    const isOurs = (port: unknown) => ours.some((url) => Number(url.port) === Number(port))
    expect([...ports].filter((each) => each !== undefined && !isOurs(each))).toEqual([])
    expect([...hosts].filter((host) => !ours.some((url) => url.hostname === host))).toEqual([])
    expect(ports.size).toBeGreaterThan(0)
  })

  it('a bad token in a GET request', async ({ app }) => {
    const response = await app.request('/graphql?query={__typename}', {
      headers: { Authorization: bearer('bad') },
    })
    expect(response.status).toBe(401)
  })

  it('two headers with good tokens', async ({ app }) => {
    const header = ['Authorization', bearer(app.signToken())]
    expect(await sendRaw(app.url, { headers: [...header, ...header] })).toEqual(refused)
  })

  it('a good token before a bad one', async ({ app }) => {
    const headers = ['authorization', bearer(app.signToken()), 'AUTHORIZATION', bearer('bad')]
    expect(await sendRaw(app.url, { headers })).toEqual(refused)
  })
})

describe('a credential outside the Authorization header is ignored', () => {
  it.for<[place: string, requestWith: (forge: Forge) => RawRequest]>([
    ['the session cookie', ({ ada }) => ({ headers: ['Cookie', ada.cookie] })],
    ['a token in a cookie', ({ sign }) => ({ headers: ['Cookie', `token=${sign()}`] })],
    ['a token in the query string', ({ sign }) => ({ path: `/graphql?access_token=${sign()}` })],
    [
      'a token in the variables of the body',
      ({ sign }) => ({ body: { variables: { token: sign() } } }),
    ],
    [
      'a token in the extensions of the body',
      ({ sign }) => ({ body: { extensions: { authorization: sign() } } }),
    ],
    ['another header', ({ sign }) => ({ headers: ['X-Authorization', bearer(sign())] })],
    ['Proxy-Authorization', ({ sign }) => ({ headers: ['Proxy-Authorization', bearer(sign())] })],
  ])('%s', async ([_place, requestWith], { app, forge }) => {
    expect(await sendRaw(app.url, requestWith(forge))).toEqual(withoutCredential)
  })
})

describe('a good token is accepted', () => {
  it.for<[kind: string, authorization: (forge: Forge) => string]>([
    ['as Better Auth signs it', ({ ada }) => bearer(ada.token)],
    ['with typ JWT', ({ sign }) => bearer(sign({}, { typ: 'JWT' }))],
    ['with typ at+jwt', ({ sign }) => bearer(sign({}, { typ: 'at+jwt' }))],
    ['with typ application/at+jwt', ({ sign }) => bearer(sign({}, { typ: 'application/at+jwt' }))],
    ['without typ', ({ sign }) => bearer(sign({}, { typ: undefined }))],
    [
      'with our audience among others',
      ({ sign, url }) => bearer(sign({ aud: ['https://a.example', url] })),
    ],
    ['expired within the clock tolerance', ({ sign }) => bearer(sign({ exp: now() - 2 }))],
    ['issued within the clock tolerance', ({ sign }) => bearer(sign({ iat: now() + 3 }))],
    ['without e-mail', ({ sign }) => bearer(sign({ email: undefined }))],
    ['with unknown claims', ({ sign }) => bearer(sign({ jti: '1', roles: ['admin'] }))],
    ['after bearer in lower case', ({ sign }) => `bearer ${sign()}`],
    ['after BEARER in upper case', ({ sign }) => `BEARER ${sign()}`],
  ])('%s', async ([_kind, authorization], { app, forge }) => {
    setClock(Date.now()) // so that no time passes between signing and the check
    expect(await ask(app, authorization(forge))).toEqual(accepted)
  })
})

describe('the signing keys', () => {
  it('are reloaded after a rotation, and the old ones still verify', async ({ app }) => {
    const { privateKey, kid } = await addKey(app)
    const token = app.signToken({}, { kid }, privateKey)
    await vi.waitFor(async () => expect(await ask(app, bearer(token))).toEqual(accepted), {
      timeout: 3000,
      interval: 100,
    })
    expect(await ask(app, bearer(app.signToken()))).toEqual(accepted)
  })

  it('cause 503 for an unknown kid while they cannot be loaded', async ({ app }) => {
    await withoutTables(app, ['jwks'], () =>
      vi.waitFor(
        async () => {
          const answer = await app.query(
            '{ __typename }',
            {},
            app.signToken({}, { kid: randomUUID() }),
          )
          expect(answer.status).toBe(503)
          expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/)
          expect(answer.body.data).toBeUndefined()
          expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'KEYS_UNAVAILABLE' })
        },
        { timeout: 3000, interval: 100 },
      ),
    )
  })
})

/** Adds a key as Better Auth does when it rotates. */
async function addKey(app: App) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const kid = randomUUID()
  await app.pool.query(
    `insert into jwks (id, "publicKey", "privateKey", "createdAt") values ($1, $2, '""', 'epoch')`,
    [kid, JSON.stringify(publicKey.export({ format: 'jwk' }))],
  )
  return { kid, privateKey }
}
