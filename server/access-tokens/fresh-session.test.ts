import { describe, expect } from 'vitest'
import { listAccessTokens, postAccessToken } from '../testing/access-tokens.ts'
import { signIn } from '../testing/accounts.ts'
import type { Account, App } from '../testing/app.ts'
import { it } from '../testing/test.ts'

const create = (app: App, account: Account, input: object = {}) =>
  postAccessToken(app, account, 'create', { name: 'A script', scopes: [], ...input })

describe('a session that began more than an hour ago', () => {
  it('creates no access token, and the error says what to send', async ({ app }) => {
    const ada = await signUpAgo(app, '61 minutes')
    const response = await create(app, ada)
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({
      code: 'SESSION_NOT_FRESH',
      message:
        'You signed in more than 60 minutes ago. Send your password as "password" as well, or sign in again.',
    })
    expect(await listAccessTokens(app, ada)).toEqual([])
  })

  it('creates one with the password', async ({ app }) => {
    const ada = await signUpAgo(app, '61 minutes')
    const response = await create(app, ada, { password: ada.password })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ token: expect.stringMatching(/^taskward_/) })
  })

  it('does not become fresh when it is renewed', async ({ app }) => {
    const ada = await signUpAgo(app, '3 days')
    await app.request('/api/auth/get-session', { headers: { cookie: ada.cookie } })
    expect((await create(app, ada)).status).toBe(403)
  })

  it('can still list and revoke', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const { id } = (await (await create(app, ada)).json()) as { id: string }
    await age(app, ada, '61 minutes')
    expect(await listAccessTokens(app, ada)).toHaveLength(1)
    expect((await postAccessToken(app, ada, 'revoke', { id })).status).toBe(200)
  })
})

describe('a session that began less than an hour ago', () => {
  it('creates an access token without the password', async ({ app }) => {
    expect((await create(app, await signUpAgo(app, '59 minutes'))).status).toBe(200)
  })

  it.for<[string, unknown]>([
    ['a wrong text', 'not the password'],
    ['an empty text', ''],
    ['a number', 7],
  ])('creates none with %s as the password', async ([_kind, password], { app }) => {
    const ada = await app.signUp('Ada')
    const response = await create(app, ada, { password })
    expect(response.status).toBe(400)
    expect(await listAccessTokens(app, ada)).toEqual([])
  })
})

describe('a wrong password', () => {
  it('counts as a failed sign-in', async ({ app }) => {
    const ada = await signUpAgo(app, '61 minutes')
    const statuses = await Promise.all(
      Array.from(
        { length: 15 },
        async () => (await create(app, ada, { password: 'a wrong password' })).status,
      ),
    )
    expect(statuses.filter((status) => status === 400)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(5)
    expect((await signIn(app, ada)).status).toBe(429)
    expect((await create(app, ada, { password: ada.password })).status).toBe(429)
  })

  it('is still counted after a token was created without a password', async ({ app }) => {
    const ada = await app.signUp('Ada')
    for (let n = 0; n < 10; n++) await create(app, ada, { password: 'a wrong password' })
    expect((await create(app, ada)).status).toBe(200)
    expect((await create(app, ada, { password: 'a wrong password' })).status).toBe(429)
  })
})

async function signUpAgo(app: App, interval: string): Promise<Account> {
  const ada = await app.signUp('Ada')
  await age(app, ada, interval)
  return ada
}

/** Moves the session into the past. */
async function age({ pool }: App, { id }: Account, interval: string): Promise<void> {
  await pool.query(
    `update session set "createdAt" = now() - $2::interval,
            "expiresAt" = "expiresAt" - $2::interval where "userId" = $1`,
    [id, interval],
  )
}
