import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import {
  jwtOf,
  listAccessTokens,
  makeAccessToken,
  narrowed,
  postAccessToken,
} from '../testing/access-tokens.ts'
import type { Account, App } from '../testing/app.ts'
import { post } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { expectRevoked, statusOf } from '../testing/tokens.ts'
import { withoutTables } from '../testing/without-tables.ts'

async function listDerivedTokens(app: App, accessToken: string): Promise<string[]> {
  const jwt = await jwtOf(app, accessToken)
  return [accessToken, jwt, await narrowed(app, accessToken), await narrowed(app, jwt)]
}

async function expectGood(instances: App[], tokens: string[]): Promise<void> {
  for (const instance of instances) {
    for (const token of tokens) expect(await statusOf(instance, token)).toBe(200)
  }
}

describe('revoking an access token', () => {
  it('ends it and every token from it within a second on every instance, and no others', async ({
    app,
    other,
    ada,
  }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const sibling = await makeAccessToken(app, ada, ['tasks:read'])
    const derived = await listDerivedTokens(app, token)
    await expectGood([app, other], [...derived, sibling.token, ada.token])
    const response = await postAccessToken(app, ada, 'revoke', { id })
    expect([response.status, await response.json()]).toEqual([200, { id }])
    await expectRevoked({ app, other }, derived)
    await expectGood([app, other], [sibling.token, ada.token])
    expect((await listAccessTokens(app, ada)).map((listed) => listed.id)).not.toContain(id)
  })

  it('gets the same answer for another user’s, an unknown and a malformed id', async ({
    app,
    ada,
    bob,
  }) => {
    const { id, token } = await makeAccessToken(app, ada, [])
    const answers = await Promise.all(
      [id, randomUUID(), '?'].map(async (one) => {
        const response = await postAccessToken(app, bob, 'revoke', { id: one })
        return [response.status, await response.text()]
      }),
    )
    expect(answers[0]?.[0]).toBe(404)
    expect(answers).toEqual([answers[0], answers[0], answers[0]])
    expect(await statusOf(app, token)).toBe(200)
  })

  it('fails when it cannot be announced, and can be repeated', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, [])
    const response = await withoutTables(app, ['ended_sessions'], () =>
      postAccessToken(app, ada, 'revoke', { id }),
    )
    expect(response.status).toBe(500)
    expect(await statusOf(app, token)).toBe(200)
    expect((await postAccessToken(app, ada, 'revoke', { id })).status).toBe(200)
  })
})

describe('an access token and the end of a session', () => {
  it.for<[how: string, path: string, body: (carol: Account) => object]>([
    ['signing out', '/sign-out', () => ({})],
    ['signing out everywhere', '/revoke-sessions', () => ({})],
    [
      'changing the password',
      '/change-password',
      ({ password }) => ({ currentPassword: password, newPassword: 'a new password' }),
    ],
  ])(
    'stays valid, unlike an exchanged token of the session: %s',
    async ([_how, path, bodyOf], { app, other }) => {
      const carol = await app.signUp('Carol')
      const { token } = await makeAccessToken(app, carol, ['tasks:read'])
      const derived = await listDerivedTokens(app, token)
      const ofSession = [carol.token, await narrowed(app, carol.token, { scope: 'email' })]
      await expectGood([app, other], [...derived, ...ofSession])
      expect((await post(app, carol, path, bodyOf(carol))).status).toBe(200)
      await expectRevoked({ app, other }, ofSession)
      await expectGood([app, other], derived)
    },
  )

  it('is deleted when it was created during the deletion of the account', async ({ app, ada }) => {
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
    await post(app, carol, '/delete-user', { password: carol.password })
    await app.pool.query('drop trigger create_late on "user"; drop function create_late')
    const { rows } = await app.pool.query('select from apikey where "referenceId" = $1', [carol.id])
    expect(rows).toEqual([])
  })

  it('is revoked and deleted with the account', async ({ app, other }) => {
    const carol = await app.signUp('Carol')
    const { token } = await makeAccessToken(app, carol, ['tasks:read'])
    const derived = await listDerivedTokens(app, token)
    await expectGood([app, other], derived)
    expect((await post(app, carol, '/delete-user', { password: carol.password })).status).toBe(200)
    await expectRevoked({ app, other }, derived)
    const { rows } = await app.pool.query('select from apikey where "referenceId" = $1', [carol.id])
    expect(rows).toEqual([])
  })
})
