import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect } from 'vitest'
import type { App } from '../testing/app.ts'
import { it } from '../testing/test.ts'
import { getToken } from '../testing/tokens.ts'

describe('a token', () => {
  it('has exactly the documented claims', ({ app, ada }) => {
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

  it('is signed with EdDSA by a key in /api/auth/jwks', async ({ app, ada }) => {
    const { keys } = await getKeys(app)
    const header = decodeProtectedHeader(ada.token)
    expect(header.alg).toBe('EdDSA')
    expect(keys.map(({ kid }) => kid)).toContain(header.kid)
  })

  it('does not contain the secret of its session', async ({ app, ada }) => {
    const { rows } = await app.pool.query('select token from session where "userId" = $1', [ada.id])
    expect(JSON.stringify(decodeJwt(ada.token))).not.toContain(rows[0].token)
  })

  it.for<[string, Record<string, string>]>([
    ['without a session', {}],
    ['with a made-up session', { cookie: 'better-auth.session_token=made.up' }],
    ['with a token instead of a session', { Authorization: 'Bearer a.b.c' }],
  ])('is not issued %s', async ([_kind, headers], { app }) => {
    expect((await app.request('/api/auth/token', { headers })).status).toBe(401)
  })

  it('is sent with Cache-Control: no-store', async ({ app, ada }) => {
    const answers = await Promise.all([
      getToken(app, ada.cookie),
      app.request('/api/auth/get-session'),
    ])
    expect(answers.map(({ headers }) => headers.get('Cache-Control'))).toEqual(
      answers.map(() => 'no-store'),
    )
  })
})

describe('the signing keys', () => {
  it('have no private part in /api/auth/jwks', async ({ app }) => {
    const { keys } = await getKeys(app)
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'x']])
  })

  it('are encrypted in the database', async ({ app }) => {
    const { rows } = await app.pool.query('select "privateKey" from jwks')
    for (const { privateKey } of rows) expect(privateKey).not.toMatch(/"d"|kty|OKP/)
  })
})

async function getKeys(app: App): Promise<{ keys: Record<string, unknown>[] }> {
  return (await app.request('/api/auth/jwks')).json() as Promise<{
    keys: Record<string, unknown>[]
  }>
}
