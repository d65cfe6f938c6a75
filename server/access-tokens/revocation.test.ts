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

async function listDerivedTokens(accessToken: string): Promise<string[]> {
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
  it('ends it and every token from it within a second on every instance, and no others', async () => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const sibling = await makeAccessToken(app, ada, ['tasks:read'])
    const derived = await listDerivedTokens(token)
    await expectGood([...derived, sibling.token, ada.token])
    const response = await postAccessToken(app, ada, 'revoke', { id })
    expect([response.status, await response.json()]).toEqual([200, { id }])
    await expectEnded(derived)
    await expectGood([sibling.token, ada.token])
    expect((await listAccessTokens(app, ada)).map((listed) => listed.id)).not.toContain(id)
  })

  it('gets the same answer for another user’s, an unknown and a malformed id', async () => {
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

  it('fails when it cannot be announced, and can be repeated', async () => {
    const { id, token } = await makeAccessToken(app, ada, [])
    await app.pool.query('alter table ended_sessions rename to gone')
    const response = await postAccessToken(app, ada, 'revoke', { id })
    await app.pool.query('alter table gone rename to ended_sessions')
    expect(response.status).toBe(500)
    expect(await statusAt(app, token)).toBe(200)
    expect((await postAccessToken(app, ada, 'revoke', { id })).status).toBe(200)
  })
})

describe('an access token and the end of a session', () => {
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
  ])('stays valid, unlike an exchanged token of the session: %s', async (_how, end) => {
    const carol = await app.signUp('Carol')
    const { token } = await makeAccessToken(app, carol, ['tasks:read'])
    const derived = await listDerivedTokens(token)
    const ofSession = [carol.token, await narrowed(app, carol.token, { scope: 'email' })]
    await expectGood([...derived, ...ofSession])
    expect((await end(carol)).status).toBe(200)
    await expectEnded(ofSession)
    await expectGood(derived)
  })

  it('is deleted when it was created during the deletion of the account', async () => {
    const carol = await app.signUp('Carol')
    await makeAccessToken(app, ada, []) // to be copied
    await app.pool.query(
      `create function create_late() returns trigger language plpgsql as $$
       begin
         insert into apikey select (late).* from (
           select jsonb_populate_record(
             apikey, jsonb_build_object('id', 'late', 'key', 'late', 'referenceId', old.id)
           ) as late from apikey limit 1
         ) copied;
         return old;
       end $$;
       create trigger create_late before delete on "user" for each row execute function create_late()`,
    )
    await post('delete-user', { password: carol.password }, carol.cookie)
    await app.pool.query('drop trigger create_late on "user"; drop function create_late')
    const { rows } = await app.pool.query('select from apikey where "referenceId" = $1', [carol.id])
    expect(rows).toEqual([])
  })

  it('is revoked and deleted with the account', async () => {
    const carol = await app.signUp('Carol')
    const { token } = await makeAccessToken(app, carol, ['tasks:read'])
    const derived = await listDerivedTokens(token)
    await expectGood(derived)
    expect((await post('delete-user', { password: carol.password }, carol.cookie)).status).toBe(200)
    await expectEnded(derived)
    const { rows } = await app.pool.query('select from apikey where "referenceId" = $1', [carol.id])
    expect(rows).toEqual([])
  })
})
