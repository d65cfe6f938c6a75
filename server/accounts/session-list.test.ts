import { describe, expect } from 'vitest'
import { postAuth } from '../testing/accounts.ts'
import { type App, cookieOf } from '../testing/app.ts'
import { post } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import type { ListedSession } from './session-list.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

async function list(app: App, cookie: string): Promise<ListedSession[]> {
  const response = await app.request('/api/auth/session/list', { headers: { cookie } })
  expect(response.status).toBe(200)
  return response.json() as Promise<ListedSession[]>
}

async function signIn(app: App, { email, password }: { email: string; password: string }) {
  const headers = { 'User-Agent': firefox }
  return { cookie: cookieOf(await postAuth(app, '/sign-in/email', { email, password }, headers)) }
}

describe('the list of sessions', () => {
  it('has those of the viewer, and marks the current one, without their secrets', async ({
    app,
    bob,
  }) => {
    const ada = await app.signUp('Ada')
    const second = await signIn(app, ada)
    const sessions = await list(app, second.cookie)
    expect(sessions).toEqual([
      {
        id: expect.any(String),
        createdAt: expect.any(String),
        lastSeenAt: expect.any(String),
        userAgent: firefox,
        isCurrent: true,
      },
      expect.objectContaining({ isCurrent: false }),
    ])
    expect(await list(app, bob.cookie)).toMatchObject([{ isCurrent: true }])
  })

  it('is also answered to a session that is older than a day', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const text = `update session set "createdAt" = now() - interval '3 days' where "userId" = $1`
    await app.pool.query(text, [ada.id])
    expect(await list(app, ada.cookie)).toMatchObject([{ isCurrent: true }])
  })

  it('is refused without a session', async ({ app }) => {
    expect((await app.request('/api/auth/session/list')).status).toBe(401)
  })
})

describe('ending a session by its id', () => {
  it('ends that one only', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const second = await signIn(app, ada)
    const other = (await list(app, second.cookie)).find(({ isCurrent }) => !isCurrent)
    const answer = await post(app, second, '/session/revoke', { id: other?.id })
    expect([answer.status, await answer.json()]).toEqual([200, { revoked: true }])
    expect(await list(app, second.cookie)).toMatchObject([{ isCurrent: true }])
    expect((await ada.query('{ viewer { id } }')).status).toBe(401)
  })

  it('refuses the session of another account', async ({ app, ada, bob }) => {
    const [session] = await list(app, bob.cookie)
    const answer = await post(app, ada, '/session/revoke', { id: session?.id })
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'NOT_FOUND' }])
    expect(await list(app, bob.cookie)).toHaveLength(1)
  })
})
