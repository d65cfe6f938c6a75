import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { postAuth } from '../testing/accounts.ts'
import { type App, startApp } from '../testing/app.ts'
import { authBeside } from '../testing/auth.ts'
import { cookiesFor, createBrowser, visit } from '../testing/browser.ts'
import { recordLog } from '../testing/log.ts'
import { type OpenIdProvider, startOpenIdProvider } from '../testing/openid-provider.ts'
import {
  begin,
  callbackPath,
  createLogin,
  it,
  readUser,
  signIn,
  signInAtProvider,
  startOwn,
  startWithProvider,
} from '../testing/openid-sign-in.ts'
import { it as plain } from '../testing/test.ts'
import { createInvitation } from './one-time-links.ts'

describe('sign-in with an OpenID provider', { timeout: 30_000 }, () => {
  it('creates an account with a verified address, and finds it again', async ({ app }) => {
    const login = createLogin()
    const first = await signIn(app, login)
    expect(first.location.href).toBe(`${app.url}/?status=open`)
    const user = await readUser(app, first.cookie)
    expect(user).toMatchObject({
      email: `${login}@example.com`,
      name: `${login} of the provider`,
      emailVerified: true,
      image: null,
    })
    const again = await signIn(app, login)
    expect(await readUser(app, again.cookie)).toEqual(user)
    const token = await app.request('/api/auth/token', { headers: { cookie: again.cookie } })
    expect(token.status).toBe(200)
  })

  it('uses PKCE, state and nonce', async ({ app }) => {
    const { url } = (await (await begin(app, createBrowser())).json()) as { url: string }
    const { searchParams } = new URL(url)
    expect(searchParams.get('code_challenge_method')).toBe('S256')
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(searchParams.get(name)?.length).toBeGreaterThanOrEqual(32)
  })

  it('stores no token of the provider, also after the second sign-in', async ({ app }) => {
    const login = createLogin()
    await signIn(app, login)
    await signIn(app, login)
    const { rows } = await app.pool.query(
      `select "accessToken", "refreshToken", "idToken" from account where "accountId" like $1`,
      [`%${login}`],
    )
    expect(rows).toEqual([{ accessToken: null, refreshToken: null, idToken: null }])
  })

  it('says on the pages what the provider is called', async ({ app }) => {
    const response = await app.request('/api/auth/sign-in-options')
    expect(await response.json()).toEqual({ signUps: 'open', provider: 'Example ID', mail: true })
  })
})

describe('sign-in with an OpenID provider is refused', { timeout: 30_000 }, () => {
  it('with an address that the provider has not verified', async ({ app, provider }) => {
    const login = createLogin()
    provider.people.set(login, { email_verified: false })
    const { location, cookie } = await signIn(app, login)
    expect(location.pathname).toBe('/sign-in')
    expect(location.searchParams.get('error')).toBe('EMAIL_NOT_VERIFIED')
    expect(await readUser(app, cookie)).toBeUndefined()
    expect(await countUsers(app, `${login}@example.com`)).toBe(0)
  })

  it('to an account that has the address and another way to sign in', async ({ app, provider }) => {
    const bob = await app.signUp('Bob')
    for (const email_verified of [true, false]) {
      const login = createLogin()
      provider.people.set(login, { email: bob.email, email_verified })
      const { location, cookie } = await signIn(app, login)
      expect(location.searchParams.get('error')).toBe('account_not_linked')
      expect(await readUser(app, cookie)).toBeUndefined()
    }
  })

  it('to an account of another user of the provider who had the address', async ({
    app,
    provider,
  }) => {
    const [former, next] = [createLogin(), createLogin()]
    await signIn(app, former)
    provider.people.set(next, { email: `${former}@example.com` })
    const { location } = await signIn(app, next)
    expect(location.searchParams.get('error')).toBe('account_not_linked')
  })

  it('when the callback is used twice', async ({ app }) => {
    const { browser, callback, cookie } = await signIn(app, createLogin())
    expect(await readUser(app, cookie)).toBeDefined()
    const replayed = await visit(browser, callback)
    const location = new URL(replayed.headers.get('location') ?? '', app.url)
    expect([location.pathname, location.searchParams.get('error')]).toEqual([
      '/sign-in',
      'state_mismatch',
    ])
    expect(replayed.headers.getSetCookie().join()).not.toContain('session_token')
  })

  it('when another browser brings the callback', async ({ app }) => {
    const browser = createBrowser()
    const { url } = (await (await begin(app, browser)).json()) as { url: string }
    const callback = await signInAtProvider(browser, url, createLogin())
    const victim = createBrowser()
    const answer = await visit(victim, callback)
    const location = new URL(answer.headers.get('location') ?? '', app.url)
    expect(location.searchParams.get('error')).toBe('state_mismatch')
    expect(await readUser(app, cookiesFor(victim, app))).toBeUndefined()
  })

  it('when the answer names another issuer', async ({ app }) => {
    const browser = createBrowser()
    const { url } = (await (await begin(app, browser)).json()) as { url: string }
    const callback = new URL(await signInAtProvider(browser, url, createLogin()))
    callback.searchParams.set('iss', 'https://id.example.com')
    const answer = await visit(browser, callback.href)
    const location = new URL(answer.headers.get('location') ?? '', app.url)
    expect(location.searchParams.get('error')).toBe('issuer_mismatch')
  })

  it('when the user cancels at the provider', async ({ app }) => {
    const browser = createBrowser()
    const { url } = (await (await begin(app, browser)).json()) as { url: string }
    const state = new URL(url).searchParams.get('state') ?? ''
    const query = new URLSearchParams({ error: 'access_denied', state })
    const answer = await visit(browser, `${app.url}${callbackPath}?${query}`)
    const location = new URL(answer.headers.get('location') ?? '', app.url)
    expect([location.pathname, location.searchParams.get('error')]).toEqual([
      '/sign-in',
      'access_denied',
    ])
  })

  it('when it would end at another site', async ({ app }) => {
    const response = await begin(app, createBrowser(), { callbackURL: 'https://evil.example/' })
    expect(response.status).toBe(403)
  })

  it.for<[string, object]>([
    ['an ID token of the client', { idToken: { token: 'e30.e30.' } }],
    ['other scopes', { scopes: ['openid', 'admin'] }],
    ['other parameters', { additionalParams: { prompt: 'none' } }],
    ['another provider', { provider: 'google' }],
  ])('with %s', async ([_what, extra], { app }) => {
    const response = await begin(app, createBrowser(), extra)
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    ])
  })

  it('while the user is disabled', async ({ app }) => {
    const login = createLogin()
    await signIn(app, login)
    await app.pool.query('update "user" set "disabledAt" = now() where email = $1', [
      `${login}@example.com`,
    ])
    const { location, cookie } = await signIn(app, login)
    expect(location.searchParams.get('error')).toBe('ACCOUNT_DISABLED')
    expect(await readUser(app, cookie)).toBeUndefined()
  })
})

describe('a refused sign-in', { timeout: 30_000 }, () => {
  it('is in the audit trail with its code, and is no error in the log', async ({
    onTestFinished,
  }) => {
    const { log, lines } = recordLog()
    const { app } = await startOwn(onTestFinished, {}, log)
    const browser = createBrowser()
    await visit(browser, `${app.url}${callbackPath}?state=none&code=none`)
    await visit(browser, `${app.url}${callbackPath}?code=none`)
    // A request is logged after its answer. The answer to a later request comes after that line.
    await app.request('/health/live')
    const refusals = lines().filter(({ event }) => event === 'sign_in_refused')
    expect(refusals.map(({ code }) => code)).toEqual(['state_mismatch', 'state_not_found'])
    expect(lines().filter(({ level }) => level >= 50)).toEqual([])
  })
})

describe('an app whose provider cannot be used', { timeout: 30_000 }, () => {
  const refused = async (app: App) => {
    const response = await begin(app, createBrowser())
    return [response.status, ((await response.json()) as { code: string }).code]
  }

  it('starts, and refuses the sign-in until the provider answers', async ({ onTestFinished }) => {
    const provider = await startOpenIdProvider()
    onTestFinished(provider.stop)
    const app = await startApp({ variables: provider.variables })
    onTestFinished(app.close)
    expect(await refused(app)).toEqual([424, 'PROVIDER_UNAVAILABLE'])
    provider.register(`${app.url}${callbackPath}`)
    expect((await begin(app, createBrowser())).status).toBe(200)
  })

  it('refuses a provider whose metadata name another issuer', async ({ onTestFinished }) => {
    const provider = await startOpenIdProvider()
    onTestFinished(provider.stop)
    const app = await startWithProvider(provider, { OIDC_ISSUER: `${provider.issuer}/` })
    onTestFinished(app.close)
    expect(await refused(app)).toEqual([424, 'PROVIDER_UNAVAILABLE'])
  })
})

describe('an app without a provider', () => {
  plain('does not serve the routes', async ({ app }) => {
    const routes = [await postAuth(app, '/sign-in/social', {}), await app.request(callbackPath)]
    expect(routes.map(({ status }) => status)).toEqual([404, 404])
  })
})

describe('SIGN_UPS and the provider', { timeout: 30_000 }, () => {
  it('closed refuses first sign-ins, and lets accounts that exist in', async ({
    onTestFinished,
  }) => {
    const { app, provider } = await startOwn(onTestFinished, { SIGN_UPS: 'closed' })
    const login = createLogin()
    const { location, cookie } = await signIn(app, login)
    expect(location.searchParams.get('error')).toBe('SIGN_UPS_CLOSED')
    expect(await readUser(app, cookie)).toBeUndefined()
    await addAccount(app, provider, login)
    expect(await readUser(app, (await signIn(app, login)).cookie)).toBeDefined()
  })

  it('invite needs an invitation for the address, once', async ({ onTestFinished }) => {
    const { app } = await startOwn(onTestFinished, { SIGN_UPS: 'invite' })
    const [ada, bob] = [createLogin(), createLogin()]
    const additionalData = { invitation: await invite(app, `${ada}@example.com`) }
    expect(await errorOf(signIn(app, ada))).toBe('INVITATION_REQUIRED')
    expect(await errorOf(signIn(app, bob, { additionalData }))).toBe('INVITATION_INVALID')
    const { cookie } = await signIn(app, ada, { additionalData })
    expect(await readUser(app, cookie)).toMatchObject({ email: `${ada}@example.com` })
    expect(await errorOf(signIn(app, bob, { additionalData }))).toBe('INVITATION_INVALID')
  })
})

async function errorOf(signedIn: ReturnType<typeof signIn>): Promise<string | null> {
  return (await signedIn).location.searchParams.get('error')
}

async function countUsers(app: App, email: string): Promise<number> {
  const { rowCount } = await app.pool.query('select from "user" where email = $1', [email])
  return rowCount ?? 0
}

/** The secret of an invitation. */
async function invite(app: App, email: string): Promise<string> {
  const { auth, close } = authBeside(app)
  const { internalAdapter: adapter } = await auth.$context
  const { url } = await createInvitation({ adapter, baseUrl: app.url, now: new Date() }, email)
  await close()
  return new URLSearchParams(new URL(url).hash.slice(1)).get('invitation') ?? ''
}

/** As if the user had signed in while sign-ups were open. */
async function addAccount(app: App, { issuer }: OpenIdProvider, login: string): Promise<void> {
  await app.pool.query(
    `with added as (
       insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
       values ($1, 'Ada', $2, true, now(), now())
     )
     insert into account (id, "userId", "providerId", "accountId", "createdAt", "updatedAt")
     values ($1, $1, 'oidc', $3, now(), now())`,
    [randomUUID(), `${login}@example.com`, `${issuer} ${login}`],
  )
}
