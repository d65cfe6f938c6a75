import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import { type App, jsonHeaders, startApp } from '../testing/app.ts'

let app: App
beforeAll(async () => {
  app = await startApp({ variables: { TRUSTED_PROXIES: '127.0.0.1, ::1' } })
})
afterAll(() => app.close())

let addresses = 0
const newAddress = () => `198.51.100.${++addresses}`

function post(path: string, from: string, body: object, signal?: AbortSignal): Promise<Response> {
  const headers = { ...jsonHeaders, 'X-Forwarded-For': from }
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal }
  return app.request(`/api/auth/${path}`, init)
}

function signUp(from: string, name = 'Eve', signal?: AbortSignal): Promise<Response> {
  const body = { name, email: `${randomUUID()}@example.com`, password: 'correct horse' }
  return post('sign-up/email', from, body, signal)
}

const times = <T>(count: number, run: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => run(n))

describe('70 concurrent sign-ups from one address', () => {
  it('succeed or are refused, while no other address is refused', async () => {
    const ada = await app.signUp('Ada')
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const from = newAddress()
    const flood = times(70, () => signUp(from))
    const otherSignIns = times(3, () =>
      post('sign-in/email', newAddress(), { email: ada.email, password: ada.password }),
    )
    const queries = await Promise.all(times(20, () => app.query('{ viewer { id } }', {}, token)))
    expect(new Set(queries.map(({ status }) => status))).toEqual(new Set([200]))
    const signIns = await Promise.all(otherSignIns)
    expect(signIns.map(({ status }) => status)).toEqual([200, 200, 200])
    const answers = await Promise.all(flood)
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(41)
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers.get('Retry-After')).toBe('2')
    expect(await refused[0]?.json()).toEqual({
      code: 'RATE_LIMITED',
      message:
        'Too many passwords from your address are being checked at the same time. Try again in 2 seconds.',
    })
  })
})

describe('sign-ups from many addresses', () => {
  it('hold no database connection while their passwords are hashed', async () => {
    const answers = Promise.all(times(15, () => signUp(newAddress())))
    let isDone = false
    answers.finally(() => {
      isDone = true
    })
    let most = 0
    while (!isDone) {
      const { rows } = await app.pool.query(
        `select count(*)::int from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction'`,
      )
      most = Math.max(most, rows[0].count)
      await sleep(5)
    }
    expect((await answers).map(({ status }) => status)).toEqual(times(15, () => 200))
    expect(most).toBeLessThanOrEqual(3)
  })

  it('are refused with 503 when the queue is full', { timeout: 60_000 }, async () => {
    const answers = await Promise.all(times(120, () => signUp(newAddress())))
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers.get('Retry-After')).toBe('2')
    expect(await refused[0]?.json()).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
  })
})

describe('a sign-up whose client has disconnected', () => {
  it('is not hashed', async () => {
    const from = newAddress()
    const abort = new AbortController()
    const gone = times(10, () => signUp(from, 'Gone', abort.signal).catch(() => undefined))
    await sleep(100) // until they have arrived
    abort.abort()
    await Promise.all(gone)
    expect((await signUp(from)).status).toBe(200) // it has waited behind them
    const { rows } = await app.pool.query(`select count(*)::int from "user" where name = 'Gone'`)
    expect(rows[0].count).toBeLessThan(6)
  })
})

describe('a sign-in that is refused because the queue is full', () => {
  it('does not count as a failed sign-in', async () => {
    const [ada, from] = [await app.signUp('Ada'), newAddress()]
    const flood = times(70, () => signUp(from))
    await sleep(300) // until the queue of the address is full
    const body = { email: ada.email, password: ada.password }
    const tries = await Promise.all(times(10, () => post('sign-in/email', from, body)))
    expect(tries.some(({ status }) => status === 429)).toBe(true)
    await Promise.all(flood)
    expect((await post('sign-in/email', from, body)).status).toBe(200)
  })
})
