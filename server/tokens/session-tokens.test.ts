import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, startApp } from '../testing/app.ts'

let app: App
let ada: Account
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
})
afterAll(() => app.close())

describe('a token', () => {
  it('has exactly the claims of the contract', () => {
    const claims = decodeJwt(ada.token)
    expect(claims).toEqual({
      sub: ada.id,
      email: ada.email,
      iat: expect.any(Number),
      exp: Number(claims.iat) + 900,
      iss: app.url,
      aud: app.url,
      sid: expect.any(String),
    })
    expect(Math.abs(Number(claims.iat) - Date.now() / 1000)).toBeLessThan(60)
  })

  it('is signed with EdDSA, by a key that /api/auth/jwks names', async () => {
    const { keys } = await getKeys()
    const header = decodeProtectedHeader(ada.token)
    expect(header.alg).toBe('EdDSA')
    expect(keys.map(({ kid }) => kid)).toContain(header.kid)
  })

  it('refers to its session, without giving away the session', async () => {
    const { rows } = await app.pool.query('select token from session where "userId" = $1', [ada.id])
    expect(JSON.stringify(decodeJwt(ada.token))).not.toContain(rows[0].token)
  })

  it.each<[string, Record<string, string>]>([
    ['without a session', {}],
    ['with a made-up session', { cookie: 'better-auth.session_token=made.up' }],
    ['with a token instead of a session', { Authorization: 'Bearer a.b.c' }],
  ])('is not given out %s', async (_kind, headers) => {
    expect((await app.request('/api/auth/token', { headers })).status).toBe(401)
  })

  it('is kept by nobody on the way', async () => {
    const answers = await Promise.all([
      getToken(ada.cookie),
      app.request('/api/auth/jwks'),
      app.request('/api/auth/get-session'),
    ])
    expect(answers.map(({ headers }) => headers.get('Cache-Control'))).toEqual(
      answers.map(() => 'no-store'),
    )
  })
})

describe('the signing keys', () => {
  it('show no private part', async () => {
    const { keys } = await getKeys()
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'x']])
  })

  it('are encrypted where they are kept', async () => {
    const { rows } = await app.pool.query('select "privateKey" from jwks')
    for (const { privateKey } of rows) expect(privateKey).not.toMatch(/"d"|kty|OKP/)
  })
})

function getToken(cookie: string): Promise<Response> {
  return app.request('/api/auth/token', { headers: { cookie } })
}

async function getKeys(): Promise<{ keys: Record<string, unknown>[] }> {
  return (await app.request('/api/auth/jwks')).json() as Promise<{
    keys: Record<string, unknown>[]
  }>
}
