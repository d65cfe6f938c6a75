import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jwtOf, makeAccessToken, narrowed } from '../testing/access-tokens.ts'
import { type Account, type App, startApp } from '../testing/app.ts'
import { registerApp } from '../testing/oauth.ts'

let app: App
let ada: Account
let bob: Account
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
  bob = await app.signUp('Bob')
  await app.pool.query(`update "user" set "emailVerified" = true where id = $1`, [bob.id])
})
afterAll(() => app.close())

type Make = (account: Account, scopes: string) => Promise<string>

const fromAccessToken = async (account: Account, scopes: string) =>
  (await makeAccessToken(app, account, scopes.split(' '))).token
const fromApp = async (account: Account, scope: string) =>
  (await (await registerApp(app)).connect(account, { scope })).access_token

const kinds: [string, Make][] = [
  ['a JWT from an access token', async (...args) => jwtOf(app, await fromAccessToken(...args))],
  ['an exchanged access token', async (...args) => narrowed(app, await fromAccessToken(...args))],
  ['a token of an app', fromApp],
  ['an exchanged token of an app', async (...args) => narrowed(app, await fromApp(...args))],
  ['an exchanged first-party token', ({ token }, scope) => narrowed(app, token, { scope })],
]

describe.each(kinds)('%s', (_kind, make) => {
  it('has email_verified beside the e-mail address', async () => {
    for (const [account, isVerified] of [
      [ada, false],
      [bob, true],
    ] as const) {
      const claims = decodeJwt(await make(account, 'email tasks:read'))
      expect(claims).toMatchObject({ email: account.email, email_verified: isVerified })
    }
  })

  it('has no e-mail claims without the scope email', async () => {
    const claims = decodeJwt(await make(bob, 'tasks:read'))
    expect(Object.keys(claims).filter((name) => name.startsWith('email'))).toEqual([])
  })
})

describe('a first-party token', () => {
  it('has no email_verified', () => {
    const names = Object.keys(decodeJwt(ada.token)).sort()
    expect(names).toEqual(['aud', 'email', 'exp', 'iat', 'iss', 'sid', 'sub'])
  })
})
