import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAccessTokens, makeAccessToken } from '../testing/access-tokens.ts'
import { type Account, type App, startApp } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'
import { type ForeignApp, post, registerApp, type Tokens } from '../testing/oauth.ts'

const { log, lines } = recordLog()
let app: App
beforeAll(async () => {
  app = await startApp({ log })
})
afterAll(() => app.close())

const newPassword = 'another password'
const viewer = '{ viewer { id } }'

type Made = Awaited<ReturnType<typeof makeAccessToken>>
type Scene = { ada: Account; made: Made[]; notebook: ForeignApp; connected: Tokens }

/** A user with two access tokens and a connected app. */
async function arrange(): Promise<Scene> {
  const ada = await app.signUp('Ada')
  const made = [
    await makeAccessToken(app, ada, ['tasks:read']),
    await makeAccessToken(app, ada, ['tasks:read']),
  ]
  const notebook = await registerApp(app)
  const connected = await notebook.connect(ada, { scope: 'tasks:read offline_access' })
  return { ada, made, notebook, connected }
}

/** The status for each access token, then for the app's token. */
async function statuses({ made, connected }: Pick<Scene, 'made' | 'connected'>) {
  const tokens = [...made.map(({ token }) => token), connected.access_token]
  return Promise.all(tokens.map(async (token) => (await app.query(viewer, {}, token)).status))
}

function change(ada: Account, input: object) {
  const good = { currentPassword: ada.password, newPassword, revokeOtherSessions: false }
  return post(app, ada, '/change-password', { ...good, ...input })
}

const refresh = ({ notebook, connected }: { notebook: Scene['notebook']; connected: Tokens }) =>
  notebook.refresh(connected).then(
    () => 'refreshed',
    () => 'refused',
  )

const eventsOf = ({ id }: Account, ...names: string[]) =>
  lines().filter(({ event = '', userId }) => userId === id && names.includes(event))

describe('a password change', () => {
  it('revokes access tokens and disconnects apps on request, and records an event for each', async () => {
    const scene = await arrange()
    const response = await change(scene.ada, { revokeAccessTokens: true, disconnectApps: true })
    expect(response.status).toBe(200)
    expect(await statuses(scene)).toEqual([401, 401, 401])
    expect(await listAccessTokens(app, scene.ada)).toEqual([])
    expect(await refresh(scene)).toBe('refused')
    const ended = eventsOf(scene.ada, 'access_token_revoked', 'app_disconnected')
    expect(ended.map(({ tokenId, clientId }) => tokenId ?? clientId).sort()).toEqual(
      [...scene.made.map(({ id }) => id), scene.notebook.clientId].sort(),
    )
    expect(ended.every(({ address }) => address === '127.0.0.1')).toBe(true)
  })

  it.each<[string, object, number[]]>([
    ['access tokens', { revokeAccessTokens: true }, [401, 401, 200]],
    ['apps', { disconnectApps: true }, [200, 200, 401]],
    ['nothing', {}, [200, 200, 200]],
    ['nothing', { revokeAccessTokens: false, disconnectApps: false }, [200, 200, 200]],
  ])('revokes only what the body asks for: %s, with %o', async (_what, input, expected) => {
    const scene = await arrange()
    expect((await change(scene.ada, input)).status).toBe(200)
    expect(await statuses(scene)).toEqual(expected)
  })

  it('revokes nothing if the password is wrong', async () => {
    const scene = await arrange()
    const input = { currentPassword: 'a guess', revokeAccessTokens: true, disconnectApps: true }
    expect((await change(scene.ada, input)).status).toBe(400)
    expect(await statuses(scene)).toEqual([200, 200, 200])
    expect(eventsOf(scene.ada, 'access_token_revoked', 'app_disconnected')).toEqual([])
  })

  it.each(['revokeAccessTokens', 'disconnectApps'])(
    'is refused and changes nothing if %s is not true or false',
    async (member) => {
      const ada = await app.signUp('Ada')
      const response = await change(ada, { [member]: 'yes' })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        code: 'VALIDATION_ERROR',
        message: expect.stringContaining(member),
      })
      expect((await change(ada, {})).status).toBe(200)
    },
  )

  it('revokes nothing of other users', async () => {
    const [scene, other] = [await arrange(), await arrange()]
    await change(scene.ada, { revokeAccessTokens: true, disconnectApps: true })
    expect(await statuses(other)).toEqual([200, 200, 200])
  })
})
