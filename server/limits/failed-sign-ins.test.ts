import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, jsonHeaders, startApp, startBeside } from '../testing/app.ts'

const variables = { TRUSTED_PROXIES: '127.0.0.1, ::1', SIGN_UPS_PER_HOUR: '20' }

let app: App
let other: App
beforeAll(async () => {
  app = await startApp({ variables })
  other = await startBeside(app, variables)
})
afterAll(async () => {
  await other.close()
  await app.close()
})

let addresses = 0
const somewhere = () => `198.51.100.${++addresses}`

/** As the proxy in front hands it on. */
async function send(to: App, path: string, from: string, body: object, cookie = '') {
  const headers = { ...jsonHeaders, 'X-Forwarded-For': from, Cookie: cookie }
  const response = await to.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
  return response.status
}

const guess = (to: App, { email }: Account, from: string) =>
  send(to, '/api/auth/sign-in/email', from, { email, password: 'wrong password' })
const signIn = (to: App, { email, password }: Account, from: string) =>
  send(to, '/api/auth/sign-in/email', from, { email, password })

describe('guesses behind a trusted proxy', () => {
  it('get ten tries, however many come at once to however many instances', async () => {
    const ada = await app.signUp('Ada')
    const from = somewhere()
    const tries = Array.from({ length: 50 }, (_, n) => guess(n % 2 ? app : other, ada, from))
    const statuses = await Promise.all(tries)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(40)
  })

  it('keep the owner out nowhere else', async () => {
    const ada = await app.signUp('Ada')
    const from = somewhere()
    for (let n = 0; n < 11; n++) await guess(app, ada, from)
    expect(await signIn(app, ada, from)).toBe(429)
    expect(await signIn(other, ada, somewhere())).toBe(200)
  })

  it('are not spread by what the client writes before the proxy does', async () => {
    const ada = await app.signUp('Ada')
    const from = somewhere()
    for (let n = 0; n < 10; n++) await guess(app, ada, `${somewhere()}, ${from}`)
    expect(await guess(app, ada, `${somewhere()}, ${from}`)).toBe(429)
  })
})

describe('guesses by who has stolen a session', () => {
  it.each([
    [
      '/api/auth/change-password',
      { currentPassword: 'wrong password', newPassword: 'another one' },
    ],
    ['/api/auth/delete-user', { password: 'wrong password' }],
  ])('count as well at %s', async (path, body) => {
    const ada = await app.signUp('Ada')
    const from = somewhere()
    for (let n = 0; n < 10; n++) expect(await send(app, path, from, body, ada.cookie)).toBe(400)
    expect(await send(app, path, from, body, ada.cookie)).toBe(429)
    expect(await signIn(app, ada, from)).toBe(429)
  })
})

describe('accounts from one address', () => {
  it('are refused when there are too many, and not from another', async () => {
    const from = somewhere()
    const signUp = (n: number, where: string) =>
      send(app, '/api/auth/sign-up/email', where, {
        name: 'Bob',
        email: `bob-${where}-${n}@example.com`,
        password: 'correct horse',
      })
    for (let n = 0; n < 20; n++) expect(await signUp(n, from)).toBe(200)
    expect(await signUp(20, from)).toBe(429)
    expect(await signUp(0, somewhere())).toBe(200)
  })
})
