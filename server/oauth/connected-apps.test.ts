import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Account, type App, startApp, startBeside } from '../testing/app.ts'
import {
  allow,
  errorOf,
  type ForeignApp,
  open,
  post,
  redirectUri,
  registerApp,
} from '../testing/oauth.ts'
import type { ConnectedApp } from './connected-apps.ts'

let app: App
let notebook: ForeignApp
beforeAll(async () => {
  app = await startApp()
  notebook = await registerApp(app)
})
afterAll(() => app.close())

const offline = { scope: 'email tasks:write offline_access' }
const status = async (token: string, at: App = app) =>
  (await at.query('{ viewer { id } }', {}, token)).status

async function list(person: Account): Promise<ConnectedApp[]> {
  const response = await app.request('/api/auth/connected-app/list', {
    headers: { cookie: person.cookie },
  })
  return (await response.json()) as ConnectedApp[]
}

const disconnect = (person: Account, id: string) =>
  post(app, person, '/connected-app/disconnect', { id })

async function connected(person: Account): Promise<string> {
  const [first] = await list(person)
  if (!first) throw new Error('No app is connected.')
  return first.id
}

describe('the list of connected apps', () => {
  it('has scopes, connection time and last use of each app', async () => {
    const ada = await app.signUp('Ada')
    expect(await list(ada)).toEqual([])
    await notebook.connect(ada, offline)
    expect(await list(ada)).toEqual([
      {
        id: expect.any(String),
        app: { name: 'Notebook' },
        places: ['http://127.0.0.1'],
        scopes: [
          { scope: 'email', meaning: 'See your e-mail address.' },
          { scope: 'tasks:write', meaning: expect.stringMatching(/change and delete/) },
          { scope: 'offline_access', meaning: expect.any(String) },
        ],
        connectedAt: expect.stringMatching(/Z$/),
        lastUsedAt: expect.stringMatching(/Z$/),
      },
    ])
  })

  it('updates the last use, and has an app once that connects twice', async () => {
    const ada = await app.signUp('Ada')
    await notebook.connect(ada)
    const [before] = await list(ada)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await notebook.connect(ada)
    const [after, ...others] = await list(ada)
    expect(others).toEqual([])
    expect(Date.parse(String(after?.lastUsedAt))).toBeGreaterThan(
      Date.parse(String(before?.lastUsedAt)),
    )
    expect(after?.connectedAt).toBe(before?.connectedAt)
  })

  it('begins with the app that was used last', async () => {
    const ada = await app.signUp('Ada')
    const diary = await registerApp(app, { client_name: 'Diary' })
    const names = async () => (await list(ada)).map((one) => one.app.name)
    await diary.connect(ada)
    await notebook.connect(ada)
    expect(await names()).toEqual(['Notebook', 'Diary'])
    await diary.connect(ada)
    expect(await names()).toEqual(['Diary', 'Notebook'])
  })

  it('is refused without a session', async () => {
    expect((await app.request('/api/auth/connected-app/list')).status).toBe(401)
  })

  it('is refused to a token of the app', async () => {
    const { access_token } = await notebook.connect(await app.signUp('Ada'))
    const headers = { Authorization: `Bearer ${access_token}` }
    expect((await app.request('/api/auth/connected-app/list', { headers })).status).toBe(401)
  })
})

describe('disconnecting an app', () => {
  it('revokes its tokens within a second, on another instance too', async () => {
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    const ada = await app.signUp('Ada')
    const tokens = await notebook.connect(ada, offline)
    expect(await status(tokens.access_token, beside)).toBe(200)
    await disconnect(ada, await connected(ada))
    expect(await status(tokens.access_token)).toBe(401)
    await expect.poll(() => status(tokens.access_token, beside), { timeout: 1000 }).toBe(401)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
    expect(await list(ada)).toEqual([])
  })

  it('ends its stream within a second', async () => {
    const ada = await app.signUp('Ada')
    const { access_token } = await notebook.connect(ada)
    const stream = await app.request('/graphql', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
        Authorization: `Bearer ${access_token}`,
      },
      body: JSON.stringify({ query: 'subscription { taskChanged { taskId } }' }),
    })
    expect(stream.status).toBe(200)
    await disconnect(ada, await connected(ada))
    const late = new Promise((resolve) => setTimeout(resolve, 1000, 'still open'))
    expect(await Promise.race([stream.text(), late])).not.toBe('still open')
  })

  it('allows connecting again, with consent', async () => {
    const ada = await app.signUp('Ada')
    const before = await notebook.connect(ada, offline)
    await disconnect(ada, await connected(ada))
    const { url } = await notebook.begin()
    expect(await open(app, url, ada)).toMatch(/^\/oauth\/consent\?/)
    const after = await notebook.connect(ada, offline)
    expect(await status(after.access_token)).toBe(200)
    expect(await status(before.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(before))).toBe('invalid_grant')
  })

  it('keeps other apps and other users connected', async () => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    const diary = await registerApp(app, { client_name: 'Diary' })
    const others = [await diary.connect(ada, offline), await notebook.connect(bob, offline)]
    await notebook.connect(ada, offline)
    const apps = await list(ada)
    await disconnect(ada, apps.find((one) => one.app.name === 'Notebook')?.id ?? '')
    for (const { access_token } of others) expect(await status(access_token)).toBe(200)
    expect((await list(ada)).map((one) => one.app.name)).toEqual(['Diary'])
  })

  it("answers the same 404 for another user's app as for an unknown one", async () => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    const { access_token } = await notebook.connect(ada)
    const [others, none] = [await disconnect(bob, await connected(ada)), await disconnect(bob, 'x')]
    expect(others.status).toBe(404)
    expect(await others.text()).toBe(await none.text())
    expect(await status(access_token)).toBe(200)
  })

  it('is refused to another site', async () => {
    const ada = await app.signUp('Ada')
    await notebook.connect(ada)
    const response = await app.request('/api/auth/connected-app/disconnect', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        cookie: ada.cookie,
        Origin: 'https://evil.example',
      },
      body: JSON.stringify({ id: await connected(ada) }),
    })
    expect(response.status).toBe(403)
  })

  it('invalidates a code that is not redeemed yet', async () => {
    const ada = await app.signUp('Ada')
    await notebook.connect(ada)
    const beginning = await notebook.begin()
    const back = await allow(app, ada, beginning.url)
    await disconnect(ada, await connected(ada))
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
  })
})

describe('deleting an account', () => {
  it('deletes its grants and revokes their tokens', async () => {
    const ada = await app.signUp('Ada')
    const first = await notebook.connect(ada, offline)
    const refreshed = await notebook.refresh(first)
    const pending = await notebook.begin(offline)
    const back = await allow(app, ada, pending.url)
    await post(app, ada, '/delete-user', { password: ada.password })
    expect(await status(refreshed.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(refreshed))).toBe('invalid_grant')
    expect(await errorOf(notebook.finish(pending, back))).toBe('invalid_grant')
    expect(await countRows(ada.id)).toEqual([0, 0, 0])
  })

  it('revokes a refreshed token, which has no session', async () => {
    const ada = await app.signUp('Ada')
    const first = await notebook.connect(ada, offline)
    await post(app, ada, '/sign-out', {})
    const { access_token } = await notebook.refresh(first)
    expect(await status(access_token)).toBe(200)
    const signedIn = await app.request('/api/auth/sign-in/email', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: ada.email, password: ada.password }),
    })
    const cookie = signedIn.headers.getSetCookie().join('; ')
    await post(app, { ...ada, cookie }, '/delete-user', { password: ada.password })
    expect(await status(access_token)).toBe(401)
  })

  it('keeps an app that was registered with its session', async () => {
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

async function countRows(userId: string): Promise<number[]> {
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
