import { describe, expect } from 'vitest'
import { postAuth } from '../testing/accounts.ts'
import type { Account, App } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'
import { withLog } from '../testing/test.ts'
import { withoutTables } from '../testing/without-tables.ts'

const { log, lines } = recordLog()
const it = withLog(log)

type Case = [what: string, table: string, act: (app: App, ada: Account) => Promise<Response>]

const get =
  (path: string) =>
  (app: App, { cookie }: Account) =>
    app.request(`/api/auth${path}`, { headers: { cookie } })
const post = (path: string, bodyOf: (ada: Account) => object) => (app: App, ada: Account) =>
  postAuth(app, path, bodyOf(ada), { cookie: ada.cookie })

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
  it.for(cases)(
    'is logged once, with its stack: %s without the table %s',
    async ([_what, table, act], { app }) => {
      const ada = await app.signUp('Ada')
      const before = lines().length
      await withoutTables(app, [table], () => act(app, ada))
      // A request is logged after its answer. The answer to a later request comes after that line.
      await app.request('/health/live')
      const errors = lines()
        .slice(before)
        .filter(({ level }) => level >= 50)
      expect(errors.map(({ err }) => err)).toEqual([
        expect.objectContaining({
          message: `relation "${table}" does not exist`,
          stack: expect.stringContaining('at '),
        }),
      ])
    },
  )
})
