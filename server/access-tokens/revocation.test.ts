import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  jwtOf,
  listAccessTokens,
  makeAccessToken,
  narrowed,
  postAccessToken,
} from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders, startApp, startBeside } from '../testing/app.ts'

let app: App
let other: App
let ada: Account
let bob: Account
beforeAll(async () => {
  app = await startApp()
  other = await startBeside(app)
  ada = await app.signUp('Ada')
  bob = await app.signUp('Bob')
})
afterAll(async () => {
  await other.close()
  await app.close()
})

const viewer = '{ viewer { id } }'
const statusAt = async (instance: App, token: string) =>
  (await instance.query(viewer, {}, token)).status

async function familyOf(accessToken: string): Promise<string[]> {
  const jwt = await jwtOf(app, accessToken)
  return [accessToken, jwt, await narrowed(app, accessToken), await narrowed(app, jwt)]
}

async function expectEnded(tokens: string[]): Promise<void> {
  const endedAt = performance.now()
  for (const token of tokens) expect(await statusAt(app, token)).toBe(401)
  for (const token of tokens) {
    await vi.waitFor(async () => expect(await statusAt(other, token)).toBe(401), { interval: 5 })
  }
  expect(performance.now() - endedAt).toBeLessThan(1_000)
}

async function expectGood(tokens: string[]): Promise<void> {
  for (const instance of [app, other]) {
    for (const token of tokens) expect(await statusAt(instance, token)).toBe(200)
  }
}

describe('revoking an access token', () => {
  it('ends it and all that was made from it within a second, everywhere, and nothing else', async () => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const sibling = await makeAccessToken(app, ada, ['tasks:read'])
    const family = await familyOf(token)
    await expectGood([...family, sibling.token, ada.token])
    const response = await postAccessToken(app, ada, 'revoke', { id })
    expect([response.status, await response.json()]).toEqual([200, { id }])
    await expectEnded(family)
    await expectGood([sibling.token, ada.token])
    expect((await listAccessTokens(app, ada)).map((listed) => listed.id)).not.toContain(id)
  })

  it('is answered alike for somebody else’s, an unknown and a malformed one', async () => {
    const { id, token } = await makeAccessToken(app, ada, [])
    const answers = await Promise.all(
      [id, randomUUID(), '?'].map(async (one) => {
        const response = await postAccessToken(app, bob, 'revoke', { id: one })
        return [response.status, await response.text()]
      }),
    )
    expect(answers[0]?.[0]).toBe(404)
    expect(answers).toEqual([answers[0], answers[0], answers[0]])
    expect(await statusAt(app, token)).toBe(200)
  })

  it('does not happen when its end cannot be announced', async () => {
    const { id, token } = await makeAccessToken(app, ada, [])
    await app.pool.query('alter table ended_sessions rename to gone')
    const response = await postAccessToken(app, ada, 'revoke', { id })
    await app.pool.query('alter table gone rename to ended_sessions')
    expect(response.status).toBe(500)
    expect(await statusAt(app, token)).toBe(200)
    expect((await postAccessToken(app, ada, 'revoke', { id })).status).toBe(200)
  })
})

describe('what ends a session', () => {
  const post = (path: string, body: object, cookie: string) =>
    app.request(`/api/auth/${path}`, {
      method: 'POST',
      headers: { ...jsonHeaders, cookie },
      body: JSON.stringify(body),
    })

  it.each<[string, (carol: Account) => Promise<Response>]>([
    ['signing out', ({ cookie }) => post('sign-out', {}, cookie)],
    ['signing out everywhere', ({ cookie }) => post('revoke-sessions', {}, cookie)],
    [
      'changing the password',
      ({ cookie, password }) =>
        post(
          'change-password',
          { currentPassword: password, newPassword: 'a new password' },
          cookie,
        ),
    ],
  ])('leaves access tokens alone, unlike narrowed tokens of the session: %s', async (_how, end) => {
    const carol = await app.signUp('Carol')
    const { token } = await makeAccessToken(app, carol, ['tasks:read'])
    const family = await familyOf(token)
    const ofSession = [carol.token, await narrowed(app, carol.token, { scope: 'email' })]
    await expectGood([...family, ...ofSession])
    expect((await end(carol)).status).toBe(200)
    await expectEnded(ofSession)
    await expectGood(family)
  })

  it('leaves none behind that was made while the account was deleted', async () => {
    const carol = await app.signUp('Carol')
    await makeAccessToken(app, ada, []) // to be copied
    await app.pool.query(
      `create function make_late() returns trigger language plpgsql as $$
       begin
         insert into apikey select (late).* from (
           select jsonb_populate_record(
             apikey, jsonb_build_object('id', 'late', 'key', 'late', 'referenceId', old.id)
           ) as late from apikey limit 1
         ) copied;
         return old;
       end $$;
       create trigger make_late before delete on "user" for each row execute function make_late()`,
    )
    await post('delete-user', { password: carol.password }, carol.cookie)
    await app.pool.query('drop trigger make_late on "user"; drop function make_late')
    const { rows } = await app.pool.query('select from apikey where "referenceId" = $1', [carol.id])
    expect(rows).toEqual([])
  })

  it('ends them when the account is deleted, and deletes them', async () => {
    const carol = await app.signUp('Carol')
    const { token } = await makeAccessToken(app, carol, ['tasks:read'])
    const family = await familyOf(token)
    await expectGood(family)
    expect((await post('delete-user', { password: carol.password }, carol.cookie)).status).toBe(200)
    await expectEnded(family)
    const { rows } = await app.pool.query('select from apikey where "referenceId" = $1', [carol.id])
    expect(rows).toEqual([])
  })
})
