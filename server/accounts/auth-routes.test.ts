import { describe, expect, onTestFinished } from 'vitest'
import { postAuth } from '../testing/accounts.ts'
import { type App, cookieOf, jsonHeaders, startApp } from '../testing/app.ts'
import { listAuthRoutes } from '../testing/auth.ts'
import { it as base } from '../testing/test.ts'
import { getToken } from '../testing/tokens.ts'
import { servedRoutes } from './auth-routes.ts'

const it = base.extend('known', { scope: 'file' }, ({ app }) => listAuthRoutes(app))

describe('a route of Better Auth', () => {
  it('answers 404 if it is not on the list', async ({ app, known }) => {
    const others = known.filter(({ path }) => !servedRoutes.includes(path.slice(1)))
    expect(others.length).toBeGreaterThan(20)
    for (const { path, method } of others) {
      const { status } = await ask(app, path, method)
      expect({ method, path, status }).toEqual({ method, path, status: 404 })
    }
  })

  it('answers if it is on the list', async ({ app, known }) => {
    const listed = known.filter(({ path }) => servedRoutes.includes(path.slice(1)))
    // The token exchange is our own route (tokens/exchange-routes.ts). The others are Better
    // Auth's.
    const paths = new Set(listed.map(({ path }) => path.slice(1)))
    expect([...paths, 'token/exchange'].sort()).toEqual(servedRoutes.toSorted())
    for (const { path, method } of listed) {
      const { status } = await ask(app, path, method)
      expect({ path, answers: status !== 404 && status < 500 }).toEqual({ path, answers: true })
    }
  })

  it.for(['/get-session/', '//get-session', '/get-session%2F', '/./error', '/GET-SESSION', ''])(
    'is not reached by another spelling of its path: "%s"',
    async (path, { app }) => {
      const response = await ask(app, path, 'GET')
      expect(response.status).toBe(404)
    },
  )

  it('has an error in the same form as other refusals', async ({ app }) => {
    const response = await ask(app, '/ok', 'GET')
    expect(await response.json()).toEqual({
      code: 'NOT_FOUND',
      message:
        'There is no route /api/auth/ok. /docs/tokens and /docs/oauth list those for programs.',
    })
  })
})

describe('a session cookie', () => {
  it('is refused when the request has it twice', async ({ app, ada }) => {
    const bob = await app.signUp('Bob')
    for (const path of ['/get-session', '/token', '/sign-out']) {
      const response = await ask(app, path, path === '/sign-out' ? 'POST' : 'GET', {
        cookie: `${ada.cookie}; other=1; ${bob.cookie}`,
      })
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({
        code: 'DUPLICATE_COOKIE',
        message: expect.stringContaining('better-auth.session_token'),
      })
    }
    expect((await ask(app, '/token', 'GET', { cookie: bob.cookie })).status).toBe(200)
  })

  it('is accepted beside two other cookies of one name', async ({ app, ada }) => {
    const cookie = `theme=dark; ${ada.cookie}; theme=light`
    expect((await ask(app, '/token', 'GET', { cookie })).status).toBe(200)
  })

  it('is bound to this host on https', async ({ ada }) => {
    const secure = await startApp({ variables: { BETTER_AUTH_URL: 'https://tasks.example.com' } })
    onTestFinished(secure.close)
    const { email, password } = ada
    const signedUp = await postAuth(secure, '/sign-up/email', { name: 'Ada', email, password })
    const set = signedUp.headers.getSetCookie()
    expect(set.length).toBeGreaterThan(0)
    for (const cookie of set) {
      expect(cookie).toMatch(/^__Host-better-auth\.\w+=/)
      expect(cookie).toMatch(/; Path=\/(;|$)/)
      expect(cookie).toMatch(/; Secure(;|$)/)
      expect(cookie).not.toMatch(/domain/i)
    }
    const cookie = cookieOf(signedUp)
    expect((await getToken(secure, cookie)).status).toBe(200)
    for (const prefix of ['__Secure-', '']) {
      expect((await getToken(secure, cookie.replaceAll('__Host-', prefix))).status).toBe(401)
    }
    expect((await getToken(secure, `${cookie}; ${cookie}`)).status).toBe(400)
  })

  it("keeps Better Auth's name on http", async ({ ada }) => {
    expect(ada.cookie).toMatch(/^better-auth\.session_token=/)
  })
})

function ask(app: App, path: string, method: string, headers: Record<string, string> = {}) {
  const body = method === 'GET' ? null : '{}'
  const init = {
    method,
    body,
    headers: { ...jsonHeaders, ...headers },
    redirect: 'manual',
  } as const
  return app.request(`/api/auth${path}`, init)
}
