import { describe, expect, onTestFinished, vi } from 'vitest'
import { signIn } from '../testing/accounts.ts'
import { type Account, type App, cookieOf } from '../testing/app.ts'
import {
  allow,
  connectedAppId,
  errorOf,
  listConnectedApps,
  open,
  post,
  redirectUri,
  registerApp,
} from '../testing/oauth.ts'
import { openStream } from '../testing/stream.ts'
import { it } from '../testing/test.ts'
import { expectRevoked, statusOf } from '../testing/tokens.ts'

const offline = { scope: 'email tasks:write offline_access' }
const disconnect = (app: App, person: Account, id: string) =>
  post(app, person, '/connected-app/disconnect', { id })

describe('the list of connected apps', () => {
  it('has scopes, connection time and last use of each app', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    expect(await listConnectedApps(app, ada)).toEqual([])
    await notebook.connect(ada, offline)
    expect(await listConnectedApps(app, ada)).toEqual([
      {
        id: expect.any(String),
        actorId: expect.any(String),
        app: { name: 'Notebook', publisher: null },
        places: ['http://127.0.0.1'],
        scopes: [
          { scope: 'email', meaning: 'See your e-mail address.' },
          { scope: 'tasks:write', meaning: expect.stringMatching(/change and restore/) },
          { scope: 'offline_access', meaning: expect.any(String) },
        ],
        connectedAt: expect.stringMatching(/Z$/),
        lastUsedAt: expect.stringMatching(/Z$/),
        maxDeletions: 50,
        maxChanges: 1_000,
        pausedAt: null,
      },
    ])
  })

  it('updates the last use, and has an app once that connects twice', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    await notebook.connect(ada)
    const [before] = await listConnectedApps(app, ada)
    await vi.waitUntil(() => Date.now() > Date.parse(String(before?.lastUsedAt)))
    await notebook.connect(ada)
    const [after, ...others] = await listConnectedApps(app, ada)
    expect(others).toEqual([])
    expect(Date.parse(String(after?.lastUsedAt))).toBeGreaterThan(
      Date.parse(String(before?.lastUsedAt)),
    )
    expect(after?.connectedAt).toBe(before?.connectedAt)
  })

  it('is the same for other users when one allows more scopes', async ({ app, notebook }) => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    for (const user of [ada, bob]) await notebook.connect(user, { scope: 'email' })
    await app.pool.query(
      `update "oauthConsent" set scopes = '["email", "kept"]' where "userId" = $1`,
      [bob.id],
    )
    await notebook.connect(ada, offline)
    const { rows } = await app.pool.query('select scopes from "oauthConsent" where "userId" = $1', [
      bob.id,
    ])
    expect(rows).toEqual([{ scopes: ['email', 'kept'] }])
  })

  it('begins with the app that was used last', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const diary = await registerApp(app, { client_name: 'Diary' })
    const names = async () => (await listConnectedApps(app, ada)).map((one) => one.app.name)
    await diary.connect(ada)
    await notebook.connect(ada)
    expect(await names()).toEqual(['Notebook', 'Diary'])
    await diary.connect(ada)
    expect(await names()).toEqual(['Diary', 'Notebook'])
  })

  it('is refused without a session', async ({ app }) => {
    expect((await app.request('/api/auth/connected-app/list')).status).toBe(401)
  })

  it('is refused to a token of the app', async ({ app, notebook }) => {
    const { access_token } = await notebook.connect(await app.signUp('Ada'))
    const headers = { Authorization: `Bearer ${access_token}` }
    expect((await app.request('/api/auth/connected-app/list', { headers })).status).toBe(401)
  })
})

describe('disconnecting an app', () => {
  it('revokes its tokens within a second, on another instance too', async ({
    app,
    other,
    notebook,
  }) => {
    const ada = await app.signUp('Ada')
    const tokens = await notebook.connect(ada, offline)
    expect(await statusOf(other, tokens.access_token)).toBe(200)
    await disconnect(app, ada, await connectedAppId(app, ada))
    await expectRevoked({ app, other }, [tokens.access_token])
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
    expect(await listConnectedApps(app, ada)).toEqual([])
  })

  it('ends its stream within a second', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const { access_token } = await notebook.connect(ada)
    const stream = await openStream(app.url, access_token)
    onTestFinished(stream.leave)
    expect(stream.response.status).toBe(200)
    const end = vi.fn()
    stream.ended.then(end)
    await disconnect(app, ada, await connectedAppId(app, ada))
    await vi.waitFor(() => expect(end).toHaveBeenCalled(), { timeout: 1_000 })
  })

  it('allows connecting again, with consent', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const before = await notebook.connect(ada, offline)
    await disconnect(app, ada, await connectedAppId(app, ada))
    const { url } = await notebook.begin()
    expect(await open(app, url, ada)).toMatch(/^\/oauth\/consent\?/)
    const after = await notebook.connect(ada, offline)
    expect(await statusOf(app, after.access_token)).toBe(200)
    expect(await statusOf(app, before.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(before))).toBe('invalid_grant')
  })

  it('keeps other apps and other users connected', async ({ app, notebook }) => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    const diary = await registerApp(app, { client_name: 'Diary' })
    const others = [await diary.connect(ada, offline), await notebook.connect(bob, offline)]
    await notebook.connect(ada, offline)
    const apps = await listConnectedApps(app, ada)
    await disconnect(app, ada, apps.find((one) => one.app.name === 'Notebook')?.id ?? '')
    for (const { access_token } of others) expect(await statusOf(app, access_token)).toBe(200)
    expect((await listConnectedApps(app, ada)).map((one) => one.app.name)).toEqual(['Diary'])
  })

  it("answers the same 404 for another user's app as for an unknown one", async ({
    app,
    notebook,
  }) => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    const { access_token } = await notebook.connect(ada)
    const [others, none] = [
      await disconnect(app, bob, await connectedAppId(app, ada)),
      await disconnect(app, bob, 'x'),
    ]
    expect(others.status).toBe(404)
    expect(await others.text()).toBe(await none.text())
    expect(await statusOf(app, access_token)).toBe(200)
  })

  it('is refused to another site', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    await notebook.connect(ada)
    const response = await app.request('/api/auth/connected-app/disconnect', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        cookie: ada.cookie,
        Origin: 'https://evil.example',
      },
      body: JSON.stringify({ id: await connectedAppId(app, ada) }),
    })
    expect(response.status).toBe(403)
  })

  it('invalidates a code that is not redeemed yet', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    await notebook.connect(ada)
    const beginning = await notebook.begin()
    const back = await allow(app, ada, beginning.url)
    await disconnect(app, ada, await connectedAppId(app, ada))
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
  })
})

describe('deleting an account', () => {
  it('deletes its grants and revokes their tokens', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const first = await notebook.connect(ada, offline)
    const refreshed = await notebook.refresh(first)
    const pending = await notebook.begin(offline)
    const back = await allow(app, ada, pending.url)
    await post(app, ada, '/delete-user', { password: ada.password })
    expect(await statusOf(app, refreshed.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(refreshed))).toBe('invalid_grant')
    expect(await errorOf(notebook.finish(pending, back))).toBe('invalid_grant')
    expect(await countRows(app, ada.id)).toEqual([0, 0, 0])
  })

  it('revokes a refreshed token, which has no session', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const first = await notebook.connect(ada, offline)
    await post(app, ada, '/sign-out', {})
    const { access_token } = await notebook.refresh(first)
    expect(await statusOf(app, access_token)).toBe(200)
    const cookie = cookieOf(await signIn(app, ada))
    await post(app, { cookie }, '/delete-user', { password: ada.password })
    expect(await statusOf(app, access_token)).toBe(401)
  })

  it('keeps an app that was registered with its session', async ({ app, notebook }) => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    const response = await post(app, ada, '/oauth2/register', {
      client_name: 'Diary',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    })
    const { client_id } = (await response.json()) as { client_id: string }
    await post(app, ada, '/delete-user', { password: ada.password })
    const request = await notebook.begin({ client_id })
    expect(await open(app, request.url, bob)).toMatch(/^\/oauth\/consent\?/)
  })
})

async function countRows(app: App, userId: string): Promise<number[]> {
  const tables = [
    '"oauthConsent" where "userId"',
    '"oauthRefreshToken" where "userId"',
    'app_grants where user_id',
  ]
  const counts = tables.map(async (table) => {
    const { rows } = await app.pool.query(`select 1 from ${table} = $1`, [userId])
    return rows.length
  })
  return Promise.all(counts)
}
