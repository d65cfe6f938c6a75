import { afterEach, describe, expect, it, vi } from 'vitest'
import { ada, bob, lifetimeMs, refusal, startServer } from '../testing/server.ts'
import { type Account, ServerUnreachable } from './auth-http.ts'
import { PageSession } from './page-session.ts'

const channels: BroadcastChannel[] = []
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close()
})

/** A tab of one browser, with a clock that a test can move. */
function openTab(browser: string = crypto.randomUUID()) {
  const tabs = new BroadcastChannel(browser)
  channels.push(tabs)
  const clock = { now: 1_000_000 }
  return Object.assign(new PageSession({ now: () => clock.now, tabs }), { clock })
}

async function signedIn(account: Account = ada, browser?: string) {
  const server = startServer({ account })
  const tab = openTab(browser)
  await tab.restore()
  return { server, tab }
}

/** Holds the next response back until the returned function is called. */
function delay(answers: ReturnType<typeof startServer>['answers'], path: string): () => void {
  const answer = answers[path]
  let arrive = () => {}
  answers[path] = async (request) => {
    if (answer) answers[path] = answer
    const response = await answer?.(request)
    await new Promise<void>((resolve) => {
      arrive = resolve
    })
    return response ?? Response.error()
  }
  return () => arrive()
}

const credentials = { email: ada.email, password: 'correct horse' }

describe('restoring the session', () => {
  it('is signed in when the cookie gives an account and a token', async () => {
    const { server, tab } = await signedIn()
    expect(tab.state).toEqual({ status: 'signedIn', account: ada })
    expect(await tab.token()).toMatch(/^e30\./)
    expect(server.tokensMade).toBe(1)
  })

  it('is signed out without a session, and asks for no token', async () => {
    const server = startServer()
    const tab = openTab()
    expect(await tab.restore()).toEqual({ status: 'signedOut' })
    expect(await tab.token()).toBeUndefined()
    expect(server.count('/api/auth/token')).toBe(0)
  })

  it('is unreachable when the server does not answer, and recovers on retry', async () => {
    const server = startServer({ account: ada })
    server.isDown = true
    const tab = openTab()
    expect(await tab.restore()).toEqual({ status: 'unreachable' })
    await expect(tab.token()).rejects.toThrow(ServerUnreachable)
    server.isDown = false
    expect(await tab.restore()).toEqual({ status: 'signedIn', account: ada })
  })

  it('is not signed in when the server issues no token', async () => {
    const server = startServer({ account: ada })
    server.answers['/api/auth/token'] = () => new Response(null, { status: 500 })
    expect(await openTab().restore()).toEqual({ status: 'unreachable' })
  })
})

describe('token', () => {
  it('is kept until shortly before it expires, with any clock of the server', async () => {
    const { server, tab } = await signedIn()
    const first = await tab.token()
    tab.clock.now += lifetimeMs - 61_000
    expect(await tab.token()).toBe(first)
    tab.clock.now += 2_000
    expect(await tab.token()).not.toBe(first)
    expect(server.tokensMade).toBe(2)
  })

  it('is renewed once for all waiting callers', async () => {
    const { server, tab } = await signedIn()
    tab.clock.now += lifetimeMs
    const tokens = await Promise.all([tab.token(), tab.token(), tab.token()])
    expect(new Set(tokens).size).toBe(1)
    expect(server.tokensMade).toBe(2)
  })

  it('reports an expired session, and requests no more tokens', async () => {
    const { server, tab } = await signedIn()
    server.account = undefined
    tab.clock.now += lifetimeMs
    expect(await tab.token()).toBeUndefined()
    expect(tab.state).toEqual({ status: 'expired', account: ada })
    const asked = server.requests.length
    expect(await tab.token()).toBeUndefined()
    expect(server.requests).toHaveLength(asked)
  })

  it('stays signed in while the server is unavailable, and recovers', async () => {
    const { server, tab } = await signedIn()
    tab.clock.now += lifetimeMs
    server.isDown = true
    await expect(tab.token()).rejects.toThrow(ServerUnreachable)
    expect(tab.state.status).toBe('signedIn')
    server.isDown = false
    expect(await tab.token()).toMatch(/^e30\./)
  })

  it('is used until it expires while the server is unavailable', async () => {
    const { server, tab } = await signedIn()
    const first = await tab.token()
    tab.clock.now += lifetimeMs - 30_000
    server.isDown = true
    expect(await tab.token()).toBe(first)
  })

  it('is renewed when the API refuses it, unless there is a newer one', async () => {
    const { server, tab } = await signedIn()
    const first = String(await tab.token())
    tab.dropToken(first)
    const second = await tab.token()
    expect(second).not.toBe(first)
    tab.dropToken(first)
    expect(await tab.token()).toBe(second)
    expect(server.tokensMade).toBe(2)
  })

  it('notices that the cookie belongs to another account', async () => {
    const { server, tab } = await signedIn()
    server.account = bob
    tab.markTokenStale()
    await tab.token()
    expect(tab.state).toEqual({ status: 'signedIn', account: bob })
    expect(tab.heldToken()?.accountId).toBe(bob.id)
  })
})

describe('signing in and up', () => {
  it('signs in with a token', async () => {
    startServer()
    const tab = openTab()
    await tab.restore()
    expect(await tab.signIn(credentials)).toBeUndefined()
    expect(tab.state).toEqual({ status: 'signedIn', account: ada })
    expect(tab.heldToken()?.fresh).toBe(true)
  })

  it('ends the session when the server issues no token', async () => {
    const server = startServer()
    const tab = openTab()
    await tab.restore()
    server.answers['/api/auth/token'] = () => new Response(null, { status: 500 })
    expect((await tab.signIn(credentials))?.code).toBe('TOKEN_UNAVAILABLE')
    expect(tab.state).toEqual({ status: 'signedOut' })
    expect(server.account).toBeUndefined()
  })

  it.each([
    [401, 'INVALID_EMAIL_OR_PASSWORD', 'password'],
    [422, 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL', 'email'],
    [400, 'INVALID_EMAIL', 'email'],
    [400, 'PASSWORD_TOO_SHORT', 'password'],
  ])('ties a refusal (%i %s) to the field %s', async (status, code, field) => {
    const server = startServer()
    server.answers['/api/auth/sign-up/email'] = () => refusal(status, code)
    const answer = await openTab().signUp({ name: 'Ada', ...credentials })
    expect(answer).toMatchObject({ code, field })
    expect(answer?.message).not.toContain('The server says')
  })

  it.each([
    ['x-retry-after', '10', 'Wait 10 seconds', 10],
    ['retry-after', '600', 'Wait 10 minutes', 600],
    ['retry-after', '1', 'Wait 1 second,', 1],
  ])('says how long to wait after too many tries: %s %s', async (header, value, words, seconds) => {
    const server = startServer()
    server.answers['/api/auth/sign-in/email'] = () => refusal(429, 'TOO_MANY', { [header]: value })
    const answer = await openTab().signIn(credentials)
    expect(answer).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: seconds })
    expect(answer?.message).toContain(words)
  })

  it('reports an unavailable server, and keeps its state', async () => {
    const { server, tab } = await signedIn()
    server.isDown = true
    expect((await tab.signIn(credentials))?.code).toBe('UNREACHABLE')
    expect((await tab.signOut())?.code).toBe('UNREACHABLE')
    expect(tab.state.status).toBe('signedIn')
  })
})

describe('signing out', () => {
  it('ends the session and forgets the token', async () => {
    const { server, tab } = await signedIn()
    expect(await tab.signOut()).toBeUndefined()
    expect(tab.state).toEqual({ status: 'signedOut' })
    expect(tab.heldToken()).toBeUndefined()
    expect(server.account).toBeUndefined()
  })

  it('ignores a token that was requested before', async () => {
    const { server, tab } = await signedIn()
    const arrive = delay(server.answers, '/api/auth/token')
    tab.markTokenStale()
    const renewed = tab.token()
    await tab.signOut()
    arrive()
    expect(await renewed).toBeUndefined()
    expect(tab.state).toEqual({ status: 'signedOut' })
    expect(tab.heldToken()).toBeUndefined()
  })
})

describe('signing in again', () => {
  it('is not undone by an earlier response', async () => {
    const { server, tab } = await signedIn()
    server.account = undefined
    const arrive = delay(server.answers, '/api/auth/token')
    tab.markTokenStale()
    const renewed = tab.token()
    await tab.signIn(credentials)
    arrive()
    expect(await renewed).toBe(await tab.token())
    expect(tab.state).toEqual({ status: 'signedIn', account: ada })
  })
})

describe('another tab', () => {
  it('shows a new name of the account, and keeps its token', async () => {
    const browser = crypto.randomUUID()
    const { server, tab } = await signedIn(ada, browser)
    const other = openTab(browser)
    await other.restore()
    const before = other.heldToken()?.jwt
    server.account = { ...ada, name: 'Ada Lovelace' }
    await tab.refreshAccount()
    expect(tab.state).toEqual({ status: 'signedIn', account: server.account })
    await vi.waitFor(() => expect(other.state).toEqual(tab.state))
    expect(other.heldToken()?.jwt).toBe(before)
  })

  it('signs this one out when it signs out', async () => {
    const { tab } = await signedIn(ada, 'browser-1')
    const other = openTab('browser-1')
    await other.restore()
    await other.signOut()
    await vi.waitFor(() => expect(tab.state).toEqual({ status: 'signedOut' }))
    expect(tab.heldToken()).toBeUndefined()
  })

  it('continues with a session that another tab has opened by a provider', async () => {
    const { server, tab } = await signedIn()
    tab.markTokenStale()
    server.endSession()
    await tab.token()
    await tab.resume()
    expect(tab.state).toEqual({ status: 'expired', account: ada })
    server.account = ada
    await tab.resume()
    expect(tab.state).toEqual({ status: 'signedIn', account: ada })
  })

  it('renews an expired session here by signing in again', async () => {
    const { server, tab } = await signedIn(ada, 'browser-2')
    server.account = undefined
    tab.clock.now += lifetimeMs
    await tab.token()
    await openTab('browser-2').signIn(credentials)
    await vi.waitFor(() => expect(tab.state).toEqual({ status: 'signedIn', account: ada }))
    expect(await tab.token()).toMatch(/^e30\./)
  })

  it('switches this one to another account, and drops its token', async () => {
    const { tab } = await signedIn(bob, 'browser-3')
    await openTab('browser-3').signIn(credentials)
    await vi.waitFor(() => expect(tab.state).toEqual({ status: 'signedIn', account: ada }))
    expect(tab.heldToken()).toBeUndefined()
  })
})
