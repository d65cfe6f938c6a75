import { expect, vi } from 'vitest'
import type { Account, App } from './app.ts'

/** Requests the token of the session. */
export function getToken(app: App, cookie: string): Promise<Response> {
  return app.request('/api/auth/token', { headers: { cookie } })
}

export async function tokenOf(app: App, { cookie }: Pick<Account, 'cookie'>): Promise<string> {
  return ((await (await getToken(app, cookie)).json()) as { token: string }).token
}

/** The status of a document with the token. The default document needs a token of any kind. */
export async function statusOf(
  app: App,
  token: string,
  document = '{ viewer { id } }',
): Promise<number> {
  return (await app.query(document, {}, token)).status
}

export async function countEndedSessions({ pool }: App): Promise<number> {
  return (await pool.query('select from ended_sessions')).rows.length
}

/** Revoked tokens are refused immediately by `app`, and within a second by `other`. */
export async function expectRevoked(
  { app, other }: { app: App; other: App },
  tokens: string[],
): Promise<void> {
  const statuses = (instance: App) => Promise.all(tokens.map((token) => statusOf(instance, token)))
  const refused = tokens.map(() => 401)
  expect(await statuses(app)).toEqual(refused)
  await vi.waitFor(async () => expect(await statuses(other)).toEqual(refused), {
    timeout: 1_000,
    interval: 5,
  })
}
