import { describe, expect, it, onTestFinished } from 'vitest'
import { type Account, type App, jsonHeaders, startApp } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'

type Case = [what: string, table: string, act: (app: App, ada: Account) => Promise<Response>]

const get =
  (path: string) =>
  (app: App, { cookie }: Account) =>
    app.request(`/api/auth${path}`, { headers: { cookie } })
const post = (path: string, bodyOf: (ada: Account) => object) => (app: App, ada: Account) =>
  app.request(`/api/auth${path}`, {
    method: 'POST',
    headers: { ...jsonHeaders, cookie: ada.cookie },
    body: JSON.stringify(bodyOf(ada)),
  })

const signIn = post('/sign-in/email', ({ email, password }) => ({ email, password }))
const signUp = post('/sign-up/email', ({ email, password }) => ({
  name: 'Bob',
  email: `bob-${email}`,
  password,
}))
const changePassword = post('/change-password', ({ password }) => ({
  currentPassword: password,
  newPassword: 'another password',
}))

const cases: Case[] = [
  ['a sign-in', 'session', signIn],
  ['a sign-in', 'user', signIn],
  ['a sign-up', 'account', signUp],
  ['a sign-up', 'user', signUp],
  ['a sign-up', 'session', signUp],
  ['a request for the session', 'session', get('/get-session')],
  ['a token', 'jwks', get('/token')],
  ['a list of sessions', 'session', get('/list-sessions')],
  ['a revocation', 'session', post('/revoke-sessions', () => ({}))],
  ['a sign-out', 'session', post('/sign-out', () => ({}))],
  ['a new password', 'account', changePassword],
  ['a list of access tokens', 'apikey', get('/access-token/list')],
  ['a new access token', 'apikey', post('/access-token/create', () => ({ name: 'A', scopes: [] }))],
  ['a list of apps', 'app_grants', get('/connected-app/list')],
]

describe('an unexpected error of the database', () => {
  it.each(cases)(
    'is logged once, with its stack: %s without the table %s',
    async (_what, table, act) => {
      const { log, lines } = recordLog()
      const app = await startApp({ log })
      onTestFinished(app.close)
      const ada = await app.signUp('Ada')
      await app.pool.query(`alter table "${table}" rename to away`)
      await act(app, ada)
      // A request is logged after its answer. The answer to a later request comes after that line.
      await app.request('/health/live')
      const errors = lines().filter(({ level }) => level >= 50)
      expect(errors.map(({ err }) => err)).toEqual([
        expect.objectContaining({
          message: `relation "${table}" does not exist`,
          stack: expect.stringContaining('at '),
        }),
      ])
    },
  )
})
