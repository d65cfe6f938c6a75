import { decodeJwt } from 'jose'
import { describe, expect } from 'vitest'
import { jwtOf, makeAccessToken, narrowed } from '../testing/access-tokens.ts'
import type { Account, App } from '../testing/app.ts'
import { registerApp } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

it.beforeAll(async ({ app, bob }) => {
  await app.pool.query(`update "user" set "emailVerified" = true where id = $1`, [bob.id])
})

type Make = (app: App, account: Account, scopes: string) => Promise<string>

const fromAccessToken: Make = async (app, account, scopes) =>
  (await makeAccessToken(app, account, scopes.split(' '))).token
const fromApp: Make = async (app, account, scope) =>
  (await (await registerApp(app)).connect(account, { scope })).access_token

const kinds: [string, Make][] = [
  [
    'a JWT from an access token',
    async (app, ...of) => jwtOf(app, await fromAccessToken(app, ...of)),
  ],
  [
    'an exchanged access token',
    async (app, ...of) => narrowed(app, await fromAccessToken(app, ...of)),
  ],
  ['a token of an app', fromApp],
  ['an exchanged token of an app', async (app, ...of) => narrowed(app, await fromApp(app, ...of))],
  ['an exchanged first-party token', (app, { token }, scope) => narrowed(app, token, { scope })],
]

describe.each(kinds)('%s', (_kind, make) => {
  it('has email_verified beside the e-mail address', async ({ app, ada, bob }) => {
    for (const [account, isVerified] of [
      [ada, false],
      [bob, true],
    ] as const) {
      const claims = decodeJwt(await make(app, account, 'email tasks:read'))
      expect(claims).toMatchObject({ email: account.email, email_verified: isVerified })
    }
  })

  it('has no e-mail claims without the scope email', async ({ app, bob }) => {
    const claims = decodeJwt(await make(app, bob, 'tasks:read'))
    expect(Object.keys(claims).filter((name) => name.startsWith('email'))).toEqual([])
  })
})

describe('a first-party token', () => {
  it('has no email_verified', ({ ada }) => {
    const names = Object.keys(decodeJwt(ada.token)).sort()
    expect(names).toEqual(['aud', 'email', 'exp', 'iat', 'iss', 'sid', 'sub'])
  })
})
