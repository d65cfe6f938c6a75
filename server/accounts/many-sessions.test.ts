import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { post } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

// By default, Better Auth calls the hook for 100 sessions and deletes all of them: maxRows in
// auth.ts.
it('every token of 150 sessions is refused after one request has revoked them all', async ({
  app,
  ada,
}) => {
  const ids = Array.from({ length: 150 }, () => randomUUID())
  await app.pool.query(
    `insert into session (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
     select id, 'token ' || id, $2, now() + interval '1 day', now(), now() from unnest($1::text[]) id`,
    [ids, ada.id],
  )
  const statuses = async () => {
    const tokens = ids.map((sid) => app.signToken({ sub: ada.id, sid }))
    const answers = tokens.map((token) => app.query('{ viewer { id } }', {}, token))
    return new Set((await Promise.all(answers)).map(({ status }) => status))
  }
  expect(await statuses()).toEqual(new Set([200]))
  expect((await post(app, ada, '/revoke-sessions', {})).status).toBe(200)
  expect(await statuses()).toEqual(new Set([401]))
})
