import { describe, expect } from 'vitest'
import { createBrowser } from '../testing/browser.ts'
import { recordLog } from '../testing/log.ts'
import {
  beginConnection,
  browserWith,
  connect,
  createLogin,
  it,
  readUser,
  signIn,
  startOwn,
} from '../testing/openid-sign-in.ts'

describe('connecting the provider to an account', { timeout: 30_000 }, () => {
  it('lets its user sign in with both, also with another address', async ({ app }) => {
    const bob = await app.signUp('Bob')
    const login = createLogin()
    const location = await connect(app, bob.cookie, login)
    expect(location.href).toBe(`${app.url}/account`)
    const { cookie } = await signIn(app, login)
    expect(await readUser(app, cookie)).toMatchObject({ id: bob.id, email: bob.email })
    const list = await app.request('/api/auth/list-accounts', { headers: { cookie: bob.cookie } })
    const accounts = (await list.json()) as { providerId: string }[]
    expect(accounts.map(({ providerId }) => providerId).toSorted()).toEqual(['credential', 'oidc'])
    await connect(app, bob.cookie, login) // again: changes nothing
    const { rows } = await app.pool.query(
      `select "accessToken", "idToken" from account where "userId" = $1 and "providerId" = 'oidc'`,
      [bob.id],
    )
    expect(rows).toEqual([{ accessToken: null, idToken: null }])
  })

  it('needs a session', async ({ app }) => {
    expect((await beginConnection(app, createBrowser())).status).toBe(401)
  })

  it('needs a recent sign-in or the password', async ({ app }) => {
    const bob = await app.signUp('Bob')
    await app.pool.query(
      `update session set "createdAt" = now() - interval '61 minutes' where "userId" = $1`,
      [bob.id],
    )
    const browser = browserWith(app, bob.cookie)
    const refusals = [{}, { password: 'a wrong horse' }, { password: bob.password }].map(
      async (extra) => {
        const { status, ...response } = await beginConnection(app, browser, extra).then(
          async (answer) => ({ status: answer.status, body: await answer.json() }),
        )
        return [status, (response.body as { code?: string }).code]
      },
    )
    expect(await Promise.all(refusals)).toEqual([
      [403, 'SESSION_NOT_FRESH'],
      [400, 'INVALID_PASSWORD'],
      [200, undefined],
    ])
  })

  it('is refused for a user of the provider who has another account', async ({ app }) => {
    const login = createLogin()
    const carol = await signIn(app, login)
    const bob = await app.signUp('Bob')
    const { pathname, searchParams } = await connect(app, bob.cookie, login)
    expect([pathname, searchParams.get('error')]).toEqual([
      '/account',
      'account_already_linked_to_different_user',
    ])
    expect(await readUser(app, (await signIn(app, login)).cookie)).toEqual(
      await readUser(app, carol.cookie),
    )
  })

  it('is refused for an address that the provider has not verified', async ({ app, provider }) => {
    const login = createLogin()
    provider.people.set(login, { email_verified: false })
    const bob = await app.signUp('Bob')
    const { searchParams } = await connect(app, bob.cookie, login)
    expect(searchParams.get('error')).toBe('unable_to_link_account')
  })

  it('is in the audit trail', async ({ onTestFinished }) => {
    const { log, lines } = recordLog()
    const { app, provider } = await startOwn(onTestFinished, {}, log)
    const bob = await app.signUp('Bob')
    const login = createLogin()
    provider.people.set(login, { email_verified: false })
    await connect(app, bob.cookie, login)
    provider.people.delete(login)
    await connect(app, bob.cookie, login)
    await app.request('/health/live') // its answer comes after the lines before
    const events = lines().filter(({ event }) => event?.startsWith('provider_'))
    expect(events.map(({ event, userId, code }) => [event, userId, code])).toEqual([
      ['provider_connection_refused', bob.id, 'unable_to_link_account'],
      ['provider_connected', bob.id, undefined],
    ])
  })
})
