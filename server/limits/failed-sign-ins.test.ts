import { describe, expect } from 'vitest'
import { type Account, type App, jsonHeaders } from '../testing/app.ts'
import { withVariables } from '../testing/test.ts'

const it = withVariables({ TRUSTED_PROXIES: '127.0.0.1, ::1', SIGN_UPS_PER_HOUR: '20' })

let addresses = 0
const newAddress = () => `198.51.100.${++addresses}`

/** Sends a request as the trusted proxy forwards it. */
async function send(to: App, path: string, from: string, body: object, cookie = '') {
  const headers = { ...jsonHeaders, 'X-Forwarded-For': from, Cookie: cookie }
  const response = await to.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
  return response.status
}

const tryWrongPassword = (to: App, { email }: Account, from: string) =>
  send(to, '/api/auth/sign-in/email', from, { email, password: 'wrong password' })
const signIn = (to: App, { email, password }: Account, from: string) =>
  send(to, '/api/auth/sign-in/email', from, { email, password })

describe('failed sign-ins behind a trusted proxy', () => {
  it('are limited to ten, also when 50 come concurrently to two instances', async ({
    app,
    other,
  }) => {
    const ada = await app.signUp('Ada')
    const from = newAddress()
    const tries = Array.from({ length: 50 }, (_, n) =>
      tryWrongPassword(n % 2 ? app : other, ada, from),
    )
    const statuses = await Promise.all(tries)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(40)
  })

  it('do not block the owner at another address', async ({ app, other }) => {
    const ada = await app.signUp('Ada')
    const from = newAddress()
    for (let n = 0; n < 11; n++) await tryWrongPassword(app, ada, from)
    expect(await signIn(app, ada, from)).toBe(429)
    expect(await signIn(other, ada, newAddress())).toBe(200)
  })

  it('are counted by the address that the proxy appended, not by one that the client wrote', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    const from = newAddress()
    for (let n = 0; n < 10; n++) await tryWrongPassword(app, ada, `${newAddress()}, ${from}`)
    expect(await tryWrongPassword(app, ada, `${newAddress()}, ${from}`)).toBe(429)
  })
})

describe('wrong passwords with a stolen session', () => {
  it.for<[path: string, body: object]>([
    [
      '/api/auth/change-password',
      { currentPassword: 'wrong password', newPassword: 'another one' },
    ],
    ['/api/auth/delete-user', { password: 'wrong password' }],
  ])('count as failed sign-ins at %s', async ([path, body], { app }) => {
    const ada = await app.signUp('Ada')
    const from = newAddress()
    for (let n = 0; n < 10; n++) expect(await send(app, path, from, body, ada.cookie)).toBe(400)
    expect(await send(app, path, from, body, ada.cookie)).toBe(429)
    expect(await signIn(app, ada, from)).toBe(429)
  })
})

describe('accounts from one address', () => {
  it('are refused past the limit, but not from another address', async ({ app }) => {
    const from = newAddress()
    const signUp = (n: number, where: string) =>
      send(app, '/api/auth/sign-up/email', where, {
        name: 'Bob',
        email: `bob-${where}-${n}@example.com`,
        password: 'correct horse',
      })
    for (let n = 0; n < 20; n++) expect(await signUp(n, from)).toBe(200)
    expect(await signUp(20, from)).toBe(429)
    expect(await signUp(0, newAddress())).toBe(200)
  })
})
