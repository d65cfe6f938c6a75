import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Account, type App, cookieOf, jsonHeaders, startApp } from '../testing/app.ts'

let app: App
let ada: Account
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
})
afterAll(() => app.close())

const password = 'a password of Bob'
const newEmail = () => `bob-${randomUUID()}@example.com`

describe('sign-up', () => {
  it('signs the user in', async () => {
    const response = await signUp({ email: newEmail() })
    expect(response.status).toBe(200)
    expect((await getToken(cookieOf(response))).status).toBe(200)
  })

  it('trims and lower-cases the e-mail, as sign-in does', async () => {
    const email = newEmail()
    const signedUp = await signUp({ email: `\t ${email.toUpperCase()} \n` })
    expect(await signedUp.json()).toMatchObject({ user: { email } })
    const signedIn = await signIn({ email: ` ${email.replace('bob', 'BoB')} ` })
    expect(await signedIn.json()).toMatchObject({ user: { email } })
  })

  it.each([8, 128])('accepts a password of %i characters', async (length) => {
    expect((await signUp({ email: newEmail(), password: 'p'.repeat(length) })).status).toBe(200)
  })

  it.each<[fault: string, input: object, message: RegExp]>([
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
  ])('refuses %s, names the fault and creates no account', async (_fault, input, message) => {
    const before = await countUsers()
    const response = await signUp({ email: newEmail(), ...input })
    const refusal = await response.json()
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(refusal).toMatchObject({ message: expect.stringMatching(message) })
    expect(await countUsers()).toBe(before)
  })

  it.each<[string, (email: string) => string]>([
    ['the same', (email) => email],
    ['the same in capitals', (email) => email.toUpperCase()],
    ['the same with blanks around it', (email) => ` ${email} `],
  ])('refuses an e-mail that has an account: %s', async (_kind, variant) => {
    const before = await countUsers()
    const response = await signUp({ email: variant(ada.email) })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(/exists/) })
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await countUsers()).toBe(before)
  })

  it('creates one account for concurrent requests with one e-mail', async () => {
    const email = newEmail()
    const before = await countUsers()
    const statuses = (await Promise.all([1, 2, 3].map(() => signUp({ email })))).map(
      (r) => r.status,
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(Math.max(...statuses)).toBeLessThan(500)
    expect(await countUsers()).toBe(before + 1)
  })
})

describe('sign-in', () => {
  it('answers a wrong password and an unknown e-mail with the same bytes', async () => {
    const answers = [ada.email, newEmail()].map(async (email) => {
      const response = await signIn({ email, password: 'not the password' })
      return { status: response.status, body: await response.text() }
    })
    const [wrong, unknown] = await Promise.all(answers)
    expect(wrong?.status).toBe(401)
    expect(unknown).toEqual(wrong)
  })

  it('takes about as long for an unknown e-mail as for a wrong password', async () => {
    const accounts = await Promise.all([1, 2].map(() => app.signUp('Bob')))
    const times = { wrong: [] as number[], unknown: [] as number[] }
    for (let n = 0; n < 8; n++) {
      times.wrong.push(await timeOfSignIn(accounts[n % 2]?.email ?? ''))
      times.unknown.push(await timeOfSignIn(newEmail()))
    }
    const ratio = median(times.unknown) / median(times.wrong)
    expect(ratio).toBeGreaterThan(0.4)
    expect(ratio).toBeLessThan(2.5)
  })

  it('creates a new session each time', async () => {
    const { email, password } = await app.signUp('Bob')
    const cookies = [await signIn({ email, password }), await signIn({ email, password })].map(
      cookieOf,
    )
    expect(new Set(cookies).size).toBe(2)
  })

  it('sets an HttpOnly and SameSite cookie', async () => {
    const [cookie] = (await signUp({ email: newEmail() })).headers.getSetCookie()
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=(Lax|Strict)/)
  })
})

describe('failed sign-ins', () => {
  it('are refused after ten, and the answer has a Retry-After', async () => {
    const { email, password } = await app.signUp('Ada')
    await failSignIns(email, 10)
    const response = await signIn({ email, password })
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ code: 'RATE_LIMITED' })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('count for the address of the socket, not for that of a header', async () => {
    const { email } = await app.signUp('Ada')
    const names = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Taskward-Address']
    const headersOf = (n: number) => Object.fromEntries(names.map((name) => [name, `10.0.0.${n}`]))
    expect((await failSignIns(email, 11, headersOf)).at(-1)).toBe(429)
  })

  it('still count after a request with an invalid body', async () => {
    const { email } = await app.signUp('Ada')
    await failSignIns(email, 6)
    expect((await authPost('sign-in/email', { email, password: 7 })).status).toBe(400)
    expect((await failSignIns(email, 6)).at(-1)).toBe(429)
  })

  it('count for one account however the e-mail is written', async () => {
    const { email } = await app.signUp('Ada')
    await failSignIns(` ${email.toUpperCase()}`, 5)
    const statuses = await failSignIns(email, 6)
    expect(statuses.at(-1)).toBe(429)
  })

  it('are counted when they arrive concurrently', async () => {
    const { email } = await app.signUp('Ada')
    const attempts = Array.from({ length: 15 }, () => signIn({ email, password: randomUUID() }))
    const statuses = (await Promise.all(attempts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(5)
  })
})

describe('sign-out', () => {
  it('deletes the session on the server as well as the cookie', async () => {
    const { cookie } = await app.signUp('Bob')
    const response = await authPost('sign-out', {}, { cookie })
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie().join()).toMatch(/Max-Age=0/)
    expect((await getToken(cookie)).status).toBe(401)
  })
})

describe('another site', () => {
  it.each(['sign-up/email', 'sign-in/email', 'sign-out'])(
    'cannot use the session of its visitor: %s',
    async (path) => {
      const { cookie, email, password } = await app.signUp('Bob')
      const body = { name: 'Bob', email, password }
      const headers = { cookie, Origin: 'https://tasks.example.com' }
      expect((await authPost(path, body, headers)).status).toBe(403)
      expect((await getToken(cookie)).status).toBe(200)
    },
  )
})

describe('a password', () => {
  it('is stored only as a hash', async () => {
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
    const response = await broken.request('/api/auth/sign-in/email', {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify({ email: bob.email, password: bob.password }),
    })
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

function authPost(path: string, body: object, headers: Headers = {}): Promise<Response> {
  return app.request(`/api/auth/${path}`, {
    method: 'POST',
    headers: { ...jsonHeaders, ...headers },
    body: JSON.stringify(body),
  })
}

function signUp(input: object): Promise<Response> {
  return authPost('sign-up/email', { name: 'Bob', password, ...input })
}

function signIn(input: object, headers?: Headers): Promise<Response> {
  const { email, password: given = password } = input as Record<string, string>
  return authPost('sign-in/email', { email, password: given }, headers)
}

async function failSignIns(
  email: string,
  times: number,
  headersOf: (n: number) => Headers = () => ({}),
) {
  const statuses: number[] = []
  for (let n = 0; n < times; n++) {
    statuses.push((await signIn({ email, password: randomUUID() }, headersOf(n))).status)
  }
  return statuses
}

function getToken(cookie: string): Promise<Response> {
  return app.request('/api/auth/token', { headers: { cookie } })
}

async function countUsers(): Promise<number> {
  const { rows } = await app.pool.query('select count(*)::int as count from "user"')
  return rows[0].count
}

async function timeOfSignIn(email: string): Promise<number> {
  const startedAt = performance.now()
  await signIn({ email, password: randomUUID() })
  return performance.now() - startedAt
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
