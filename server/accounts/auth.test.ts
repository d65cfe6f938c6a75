import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished } from 'vitest'
import { postAuth, signIn } from '../testing/accounts.ts'
import { type App, cookieOf, startApp } from '../testing/app.ts'
import { recordHashing } from '../testing/hashing.ts'
import { it } from '../testing/test.ts'
import { getToken } from '../testing/tokens.ts'

const password = 'a password of Bob'
const newEmail = () => `bob-${randomUUID()}@example.com`

describe('sign-up', () => {
  it('signs the user in', async ({ app }) => {
    const response = await signUp(app, { email: newEmail() })
    expect(response.status).toBe(200)
    expect((await getToken(app, cookieOf(response))).status).toBe(200)
  })

  it('trims and lower-cases the e-mail, as sign-in does', async ({ app }) => {
    const email = newEmail()
    const signedUp = await signUp(app, { email: `\t ${email.toUpperCase()} \n` })
    expect(await signedUp.json()).toMatchObject({ user: { email } })
    const signedIn = await signIn(app, { email: ` ${email.replace('bob', 'BoB')} `, password })
    expect(await signedIn.json()).toMatchObject({ user: { email } })
  })

  it.for([8, 128])('accepts a password of %i characters', async (length, { app }) => {
    expect((await signUp(app, { email: newEmail(), password: 'p'.repeat(length) })).status).toBe(
      200,
    )
  })

  it.for<[fault: string, input: object, message: RegExp]>([
    ['a password of 7 characters', { password: '1234567' }, /password.*short/i],
    ['a password of 129 characters', { password: 'p'.repeat(129) }, /password.*long/i],
    ['no password', { password: undefined }, /password/],
    ['a number as password', { password: 12_345_678 }, /password/],
    ['no e-mail', { email: undefined }, /email/],
    ['an empty e-mail', { email: '' }, /email/i],
    ['an e-mail without @', { email: 'bob.example.com' }, /email/i],
    ['an e-mail with a blank in it', { email: 'bob @example.com' }, /email/i],
    ['an object as e-mail', { email: { $ne: null } }, /email/],
    ['an array as e-mail', { email: [newEmail()] }, /email/],
    ['no name', { name: undefined }, /name/],
    ['a null character in the e-mail', { email: 'bob\0@example.com' }, /email/],
    ['a null character in the name', { name: 'Bob\0' }, /name/],
    ['a null character in the password', { password: 'password\0' }, /password/],
    ['half a character in the name', { name: 'Bob \ud83d' }, /name/],
  ])(
    'refuses %s, names the fault and creates no account',
    async ([_fault, input, message], { app }) => {
      const before = await countUsers(app)
      const response = await signUp(app, { email: newEmail(), ...input })
      const refusal = await response.json()
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(refusal).toMatchObject({ message: expect.stringMatching(message) })
      expect(await countUsers(app)).toBe(before)
    },
  )

  it.for<[string, (email: string) => string]>([
    ['the same', (email) => email],
    ['the same in capitals', (email) => email.toUpperCase()],
    ['the same with blanks around it', (email) => ` ${email} `],
  ])('refuses an e-mail that has an account: %s', async ([_kind, variant], { app, ada }) => {
    const before = await countUsers(app)
    const response = await signUp(app, { email: variant(ada.email) })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(/exists/) })
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await countUsers(app)).toBe(before)
  })

  it('creates one account for concurrent requests with one e-mail', async ({ app }) => {
    const email = newEmail()
    const before = await countUsers(app)
    const statuses = (await Promise.all([1, 2, 3].map(() => signUp(app, { email })))).map(
      (r) => r.status,
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(Math.max(...statuses)).toBeLessThan(500)
    expect(await countUsers(app)).toBe(before + 1)
  })
})

describe('sign-in', () => {
  it('answers a wrong password and an unknown e-mail with the same bytes', async ({ app, ada }) => {
    const answers = [ada.email, newEmail()].map(async (email) => {
      const response = await signIn(app, { email, password: 'not the password' })
      return { status: response.status, body: await response.text() }
    })
    const [wrong, unknown] = await Promise.all(answers)
    expect(wrong?.status).toBe(401)
    expect(unknown).toEqual(wrong)
  })

  it('hashes the password at equal cost for an unknown e-mail and a wrong password', async ({
    app,
    ada,
  }) => {
    const hashing = recordHashing()
    for (const email of [ada.email, newEmail()]) await signIn(app, { email, password: 'a guess' })
    const costs = hashing.mock.calls.map(([, , length, options]) => ({ length, options }))
    expect(costs).toEqual([costs[0], costs[0]])
  })

  it('creates a new session each time', async ({ app }) => {
    const { email, password } = await app.signUp('Bob')
    const cookies = [
      await signIn(app, { email, password }),
      await signIn(app, { email, password }),
    ].map(cookieOf)
    expect(new Set(cookies).size).toBe(2)
  })

  it('sets an HttpOnly and SameSite cookie', async ({ app }) => {
    const [cookie] = (await signUp(app, { email: newEmail() })).headers.getSetCookie()
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=(Lax|Strict)/)
  })
})

describe('failed sign-ins', () => {
  it('are refused after ten, and the answer has a Retry-After', async ({ app }) => {
    const { email, password } = await app.signUp('Ada')
    await failSignIns(app, email, 10)
    const response = await signIn(app, { email, password })
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ code: 'RATE_LIMITED' })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('count for the address of the socket, not for that of a header', async ({ app }) => {
    const { email } = await app.signUp('Ada')
    const names = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Taskward-Address']
    const headersOf = (n: number) => Object.fromEntries(names.map((name) => [name, `10.0.0.${n}`]))
    expect((await failSignIns(app, email, 11, headersOf)).at(-1)).toBe(429)
  })

  it('still count after a request with an invalid body', async ({ app }) => {
    const { email } = await app.signUp('Ada')
    await failSignIns(app, email, 6)
    expect((await postAuth(app, '/sign-in/email', { email, password: 7 })).status).toBe(400)
    expect((await failSignIns(app, email, 6)).at(-1)).toBe(429)
  })

  it('count for one account however the e-mail is written', async ({ app }) => {
    const { email } = await app.signUp('Ada')
    await failSignIns(app, ` ${email.toUpperCase()}`, 5)
    const statuses = await failSignIns(app, email, 6)
    expect(statuses.at(-1)).toBe(429)
  })

  it('are counted when they arrive concurrently', async ({ app }) => {
    const { email } = await app.signUp('Ada')
    const attempts = Array.from({ length: 15 }, () =>
      signIn(app, { email, password: randomUUID() }),
    )
    const statuses = (await Promise.all(attempts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(5)
  })
})

describe('sign-out', () => {
  it('deletes the session on the server as well as the cookie', async ({ app }) => {
    const { cookie } = await app.signUp('Bob')
    const response = await postAuth(app, '/sign-out', {}, { cookie })
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie().join()).toMatch(/Max-Age=0/)
    expect((await getToken(app, cookie)).status).toBe(401)
  })
})

describe('another site', () => {
  it.for(['sign-up/email', 'sign-in/email', 'sign-out'])(
    'cannot use the session of its visitor: %s',
    async (path, { app }) => {
      const { cookie, email, password } = await app.signUp('Bob')
      const body = { name: 'Bob', email, password }
      const headers = { cookie, Origin: 'https://tasks.example.com' }
      expect((await postAuth(app, `/${path}`, body, headers)).status).toBe(403)
      expect((await getToken(app, cookie)).status).toBe(200)
    },
  )
})

describe('a password', () => {
  it('is stored only as a hash', async ({ app, ada }) => {
    const { rows } = await app.pool.query('select * from account where "userId" = $1', [ada.id])
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(ada.password)
  })
})

describe('an internal error', () => {
  it('is masked, sets no cookie and names the request id in the log', async () => {
    const broken = await startApp()
    onTestFinished(broken.close)
    const bob = await broken.signUp('Bob')
    await broken.pool.query('alter table session rename to session_away')
    const response = await signIn(broken, bob)
    const id = response.headers.get('X-Request-Id')
    expect(response.status).toBe(500)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      message: `Something went wrong on our side. If it happens again, report request ${id}.`,
    })
  })
})

type Headers = Record<string, string>

function signUp(app: App, input: object): Promise<Response> {
  return postAuth(app, '/sign-up/email', { name: 'Bob', password, ...input })
}

async function failSignIns(
  app: App,
  email: string,
  times: number,
  headersOf: (n: number) => Headers = () => ({}),
) {
  const statuses: number[] = []
  for (let n = 0; n < times; n++) {
    statuses.push((await signIn(app, { email, password: randomUUID() }, headersOf(n))).status)
  }
  return statuses
}

async function countUsers(app: App): Promise<number> {
  const { rows } = await app.pool.query('select count(*)::int as count from "user"')
  return rows[0].count
}

it('revokes all sessions and deletes the cookie, so that no page keeps a cookie without a session', async ({
  app,
}) => {
  const cookie = cookieOf(await signUp(app, { email: newEmail() }))
  const response = await postAuth(app, '/revoke-sessions', {}, { Cookie: cookie })
  expect(response.status).toBe(200)
  expect(response.headers.get('Set-Cookie')).toMatch(/session_token=;.*Max-Age=0/)
})

describe('a body at /api/auth', () => {
  it.for(['application/json', 'Application/JSON; charset=utf-8'])(
    'may be %s',
    async (type, { app }) => {
      expect((await signInAs(app, type)).status).toBe(401)
    },
  )

  it.for(['application/jsonp', 'text/x-application/json'])(
    'may not be %s, which only contains application/json',
    async (type, { app }) => {
      expect((await signInAs(app, type)).status).toBe(415)
    },
  )
})

function signInAs(app: App, type: string): Promise<Response> {
  return app.request('/api/auth/sign-in/email', {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: JSON.stringify({ email: 'absent@example.com', password: 'a wrong password' }),
  })
}
