import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { testDatabase } from '#db/testing/database.ts'
import { readEnv } from '../env.ts'
import { createLog } from '../log/log.ts'
import { type Account, type App, cookieOf, jsonHeaders, startApp } from '../testing/app.ts'
import { createAuth } from './auth.ts'
import { servedRoutes } from './auth-routes.ts'

let app: App
let ada: Account
let known: { path: string; method: string }[]
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
  known = await listRoutes()
})
afterAll(() => app.close())

describe('a route of Better Auth', () => {
  it('answers 404 if it is not on the list', async () => {
    const others = known.filter(({ path }) => !servedRoutes.includes(path.slice(1)))
    expect(others.length).toBeGreaterThan(20)
    for (const { path, method } of others) {
      const { status } = await ask(path, method)
      expect({ method, path, status }).toEqual({ method, path, status: 404 })
    }
  })

  it('answers if it is on the list', async () => {
    const listed = known.filter(({ path }) => servedRoutes.includes(path.slice(1)))
    // The token exchange is our own route (tokens/exchange-routes.ts). The others are Better
    // Auth's.
    const paths = new Set(listed.map(({ path }) => path.slice(1)))
    expect([...paths, 'token/exchange'].sort()).toEqual(servedRoutes.toSorted())
    for (const { path, method } of listed) {
      const { status } = await ask(path, method)
      expect({ path, answers: status !== 404 && status < 500 }).toEqual({ path, answers: true })
    }
  })

  it.each(['/get-session/', '//get-session', '/get-session%2F', '/./error', '/GET-SESSION', ''])(
    'is not reached by another spelling of its path: "%s"',
    async (path) => {
      const response = await ask(path, 'GET')
      expect(response.status).toBe(404)
    },
  )

  it('has an error in the same form as other refusals', async () => {
    const response = await ask('/ok', 'GET')
    expect(await response.json()).toEqual({
      code: 'NOT_FOUND',
      message:
        'There is no route /api/auth/ok. /docs/tokens and /docs/oauth list those for programs.',
    })
  })
})

describe('a session cookie', () => {
  it('is refused when the request has it twice', async () => {
    const bob = await app.signUp('Bob')
    for (const path of ['/get-session', '/token', '/sign-out']) {
      const response = await ask(path, path === '/sign-out' ? 'POST' : 'GET', {
        cookie: `${ada.cookie}; other=1; ${bob.cookie}`,
      })
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({
        code: 'DUPLICATE_COOKIE',
        message: expect.stringContaining('better-auth.session_token'),
      })
    }
    expect((await ask('/token', 'GET', { cookie: bob.cookie })).status).toBe(200)
  })

  it('is accepted beside two other cookies of one name', async () => {
    const cookie = `theme=dark; ${ada.cookie}; theme=light`
    expect((await ask('/token', 'GET', { cookie })).status).toBe(200)
  })

  it('is bound to this host on https', async () => {
    const secure = await startApp({ variables: { BETTER_AUTH_URL: 'https://tasks.example.com' } })
    onTestFinished(secure.close)
    const signedUp = await secure.request('/api/auth/sign-up/email', {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify({ name: 'Ada', email: ada.email, password: ada.password }),
    })
    const set = signedUp.headers.getSetCookie()
    expect(set.length).toBeGreaterThan(0)
    for (const cookie of set) {
      expect(cookie).toMatch(/^__Host-better-auth\.\w+=/)
      expect(cookie).toMatch(/; Path=\/(;|$)/)
      expect(cookie).toMatch(/; Secure(;|$)/)
      expect(cookie).not.toMatch(/domain/i)
    }
    const getToken = (cookie: string) => secure.request('/api/auth/token', { headers: { cookie } })
    const cookie = cookieOf(signedUp)
    expect((await getToken(cookie)).status).toBe(200)
    for (const prefix of ['__Secure-', '']) {
      expect((await getToken(cookie.replaceAll('__Host-', prefix))).status).toBe(401)
    }
    expect((await getToken(`${cookie}; ${cookie}`)).status).toBe(400)
  })

  it("keeps Better Auth's name on http", async () => {
    expect(ada.cookie).toMatch(/^better-auth\.session_token=/)
  })
})

function ask(path: string, method: string, headers: Record<string, string> = {}) {
  const body = method === 'GET' ? null : '{}'
  const init = {
    method,
    body,
    headers: { ...jsonHeaders, ...headers },
    redirect: 'manual',
  } as const
  return app.request(`/api/auth${path}`, init)
}

/** Lists every route of the installed Better Auth and its plugins. */
async function listRoutes(): Promise<{ path: string; method: string }[]> {
  const { pool, db, close } = await testDatabase()
  const env = readEnv({ NODE_ENV: 'test' })
  const log = createLog({ ...env, logLevel: 'silent' })
  const auth = createAuth({ ...env, pool, db, secret: randomUUID(), log })
  await auth.$context
  await close()
  return Object.values(auth.api).flatMap(({ path, options }: Endpoint) =>
    path ? [options.method].flat().map((method) => ({ path, method: String(method) })) : [],
  )
}

type Endpoint = { path?: string; options: { method?: unknown } }
