import * as client from 'openid-client'
import { describe, expect } from 'vitest'
import type { Account, App } from '../testing/app.ts'
import {
  allow,
  connectedAppId,
  decide,
  errorOf,
  type ForeignApp,
  listConnectedApps,
  open,
  post,
  redirectUri,
  registerApp,
} from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { isOnDevice, toRedirectPlace } from './places.ts'

const known = 'https://claude.ai/cb'
const other = 'https://evil.example/cb'
const loopback = 'http://localhost:50123/cb'
const scheme = 'com.example.notes:/cb'
const registered = { client_name: 'Claude', redirect_uris: [known, other, loopback, scheme] }
const registerClaude = (app: App) => registerApp(app, registered)

async function answerTo(
  app: App,
  foreign: ForeignApp,
  person: Account,
  redirect_uri: string,
  more = {},
) {
  const location = await open(app, (await foreign.begin({ redirect_uri, ...more })).url, person)
  const { origin, pathname, searchParams } = new URL(location, app.url)
  if (origin === app.url) return pathname
  return searchParams.get('error') ?? 'a code'
}

async function listPlaces(app: App, person: Account): Promise<string[][]> {
  return (await listConnectedApps(app, person)).map(({ places }) => places)
}

describe('an app with a redirect URI that is not canonical', () => {
  it('connects, and needs no consent for another spelling of the URI', async ({ app }) => {
    const uri = 'HTTPS://Notes.Example.com:443'
    const [ada, notes] = [await app.signUp('Ada'), await registerApp(app, { redirect_uris: [uri] })]
    const tokens = await notes.connect(ada, { redirect_uri: uri })
    expect(tokens.access_token).toBeTypeOf('string')
    expect(await answerTo(app, notes, ada, 'https://notes.example.com/')).toBe('a code')
    expect(await listPlaces(app, ada)).toEqual([['https://notes.example.com']])
  })
})

describe('an app with several redirect URIs', () => {
  it('gets a code without consent only at a place that the user has allowed', async ({ app }) => {
    const [ada, claude] = [await app.signUp('Ada'), await registerClaude(app)]
    await claude.connect(ada, { redirect_uri: known })
    expect(await answerTo(app, claude, ada, known)).toBe('a code')
    for (const uri of [other, loopback, scheme]) {
      expect(await answerTo(app, claude, ada, uri)).toBe('/oauth/consent')
      expect(await answerTo(app, claude, ada, uri, { prompt: 'none' })).toBe('consent_required')
    }
  })

  it('keeps the consent of one user when another user connects it', async ({ app }) => {
    const [ada, bob, claude] = [
      await app.signUp('Ada'),
      await app.signUp('Bob'),
      await registerClaude(app),
    ]
    await claude.connect(bob, { redirect_uri: known })
    await claude.connect(ada, { redirect_uri: known })
    expect(await answerTo(app, claude, bob, known)).toBe('a code')
  })

  it('is shown with the redirect URI of this request', async ({ app }) => {
    const [ada, claude] = [await app.signUp('Ada'), await registerClaude(app)]
    await claude.connect(ada, { redirect_uri: known })
    const page = await open(app, (await claude.begin({ redirect_uri: other })).url, ada)
    const { search } = new URL(page, app.url)
    const answer = await post(app, ada, '/oauth2/request', { oauth_query: search.slice(1) })
    expect(await answer.json()).toMatchObject({ app: { name: 'Claude', redirectUri: other } })
  })

  it('is listed with its allowed places, in the order of consent', async ({ app }) => {
    const [ada, claude] = [await app.signUp('Ada'), await registerClaude(app)]
    await claude.connect(ada, { redirect_uri: other })
    expect(await listPlaces(app, ada)).toEqual([['https://evil.example']])
    await claude.connect(ada, { redirect_uri: known })
    expect(await listPlaces(app, ada)).toEqual([['https://evil.example', 'https://claude.ai']])
    expect(await answerTo(app, claude, ada, other)).toBe('a code')
  })

  it('is not allowed at a place that the user denies', async ({ app }) => {
    const [ada, claude] = [await app.signUp('Ada'), await registerClaude(app)]
    await claude.connect(ada, { redirect_uri: known })
    const page = await open(app, (await claude.begin({ redirect_uri: other })).url, ada)
    await decide(app, ada, page, false)
    expect(await answerTo(app, claude, ada, other)).toBe('/oauth/consent')
    expect(await listPlaces(app, ada)).toEqual([['https://claude.ai']])
  })

  it('needs consent for each place again after it was disconnected', async ({ app }) => {
    const [ada, claude] = [await app.signUp('Ada'), await registerClaude(app)]
    await claude.connect(ada, { redirect_uri: other })
    await post(app, ada, '/connected-app/disconnect', { id: await connectedAppId(app, ada) })
    await claude.connect(ada, { redirect_uri: known })
    expect(await answerTo(app, claude, ada, other)).toBe('/oauth/consent')
  })
})

describe('an app on the device', () => {
  it('needs consent each time, because any program can receive its codes', async ({ app }) => {
    const [ada, notebook] = [await app.signUp('Ada'), await registerApp(app, registered)]
    for (const redirect_uri of [loopback, scheme]) {
      await notebook.connect(ada, { redirect_uri })
      expect(await answerTo(app, notebook, ada, redirect_uri)).toBe('/oauth/consent')
    }
  })

  it('needs consent once if it authenticates with a secret, whatever its port', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const confidential = {
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [redirectUri],
    }
    const notebook = await registerApp(app, confidential, client.ClientSecretBasic())
    await notebook.connect(ada)
    expect(await answerTo(app, notebook, ada, 'http://127.0.0.1:50123/callback')).toBe('a code')
  })
})

describe('a code', () => {
  it('is refused if its place is no longer allowed', async ({ app }) => {
    const [ada, claude] = [await app.signUp('Ada'), await registerClaude(app)]
    const beginning = await claude.begin({ redirect_uri: other })
    const back = await allow(app, ada, beginning.url)
    await app.pool.query('update app_grants set places = $2 where user_id = $1', [ada.id, []])
    expect(await errorOf(claude.finish(beginning, back))).toBe('invalid_grant')
  })

  it('of a revoked grant stays invalid when the app is connected again', async ({ app }) => {
    const [ada, claude] = [await app.signUp('Ada'), await registerClaude(app)]
    const beginning = await claude.begin({ redirect_uri: known })
    const back = await allow(app, ada, beginning.url)
    await post(app, ada, '/connected-app/disconnect', { id: await connectedAppId(app, ada) })
    await claude.connect(ada, { redirect_uri: known })
    expect(await errorOf(claude.finish(beginning, back))).toBe('invalid_grant')
  })
})

it.each([
  ['https://claude.ai:443/cb?a=b', 'https://claude.ai', false],
  ['https://CLAUDE.ai:8443/', 'https://claude.ai:8443', false],
  ['http://127.0.0.1:50123/cb', 'http://127.0.0.1', true],
  ['http://[::1]:50123/cb', 'http://[::1]', true],
  ['http://localhost/cb', 'http://localhost', true],
  ['https://localhost:3000/cb', 'https://localhost', true],
  ['com.example.notes:/cb', 'com.example.notes:', true],
  ['cursor://anysphere.cursor-mcp/cb', 'cursor:', true],
])('the place of %s is %s', (uri, place, onDevice) => {
  expect(toRedirectPlace(uri)).toBe(place)
  expect(isOnDevice(place)).toBe(onDevice)
})
