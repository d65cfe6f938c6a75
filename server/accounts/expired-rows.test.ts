import { describe, expect, onTestFinished } from 'vitest'
import { listAccessTokens, postAccessToken } from '../testing/access-tokens.ts'
import type { Account, App } from '../testing/app.ts'
import { authBeside, keptDays } from '../testing/auth.ts'
import { recordLog } from '../testing/log.ts'
import { allow, errorOf } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { createHousekeeping } from './housekeeping.ts'

const hour = 3_600_000
const day = 24 * hour

/** Runs a round on another instance, whose clock is ahead by `ms`. */
async function runAfter(app: App, ms: number) {
  const { close, ...beside } = authBeside(app, recordLog().log)
  onTestFinished(close)
  return createHousekeeping({ ...beside, times: keptDays, now: () => Date.now() + ms })()
}

async function count(app: App, table: string, column: string, value: string): Promise<number> {
  const text = `select count(*)::int as n from "${table}" where "${column}" = $1`
  return (await app.pool.query(text, [value])).rows[0].n
}

const countSessions = (app: App, { id }: Account) => count(app, 'session', 'userId', id)

describe('housekeeping', () => {
  it('deletes a session an hour after it expired, when no token of it is valid', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    await runAfter(app, 7 * day + hour / 2)
    expect(await countSessions(app, ada)).toBe(1)
    await runAfter(app, 7 * day + 2 * hour)
    expect(await countSessions(app, ada)).toBe(0)
  })

  it('deletes an authorization code that was not redeemed', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    await allow(app, ada, (await notebook.begin()).url)
    expect(await runAfter(app, hour / 2)).toMatchObject({ verifications: 0 })
    const { verifications } = (await runAfter(app, 2 * hour)) ?? {}
    expect(verifications).toBeGreaterThan(0)
  })

  it('deletes refresh tokens when they have expired, also used ones', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const scope = 'tasks:read offline_access'
    const first = await notebook.connect(ada, { scope })
    const second = await notebook.refresh(first)
    await runAfter(app, 29 * day)
    expect(await count(app, 'oauthRefreshToken', 'userId', ada.id)).toBe(2)
    const third = await notebook.refresh(second) // although the session was deleted
    await runAfter(app, 31 * day)
    expect(await count(app, 'oauthRefreshToken', 'userId', ada.id)).toBe(0)
    expect(await errorOf(notebook.refresh(third))).toBe('invalid_grant')
  })

  it('deletes an access token 30 days after it expired, and none without an expiry', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    for (const expiresInDays of [1, null])
      await postAccessToken(app, ada, 'create', { name: 'A', scopes: [], expiresInDays })
    const before = (await listAccessTokens(app, ada)).length
    expect(await runAfter(app, 30 * day)).toMatchObject({ accessTokens: 0 })
    expect(await runAfter(app, 32 * day)).toMatchObject({ accessTokens: before - 1 })
    expect(await count(app, 'apikey', 'referenceId', ada.id)).toBe(1)
  })

  it.for([
    ['appTokens', 'oauthAccessToken'],
    ['clientAssertions', 'oauthClientAssertion'],
  ] as const)('deletes %s, and in batches', async ([kind, table], { app, notebook }) => {
    const [columns, values] =
      table === 'oauthAccessToken'
        ? [
            'id, "expiresAt", "createdAt", token, "clientId", scopes',
            `n, now(), now(), n, $1, '[]'`,
          ]
        : ['id, "expiresAt"', '$1::text || n, now()']
    await app.pool.query(
      `insert into "${table}" (${columns}) select ${values} from generate_series(1, 2500) n`,
      [notebook.clientId],
    )
    expect(await runAfter(app, hour / 2)).toMatchObject({ [kind]: 0 })
    expect(await runAfter(app, 2 * hour)).toMatchObject({ [kind]: 2_500 })
  })
})
