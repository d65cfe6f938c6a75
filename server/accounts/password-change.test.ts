import { describe, expect } from 'vitest'
import { listAccessTokens, makeAccessToken } from '../testing/access-tokens.ts'
import type { Account, App } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'
import { type ForeignApp, post, registerApp, type Tokens } from '../testing/oauth.ts'
import { withLog } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'

const { log, lines } = recordLog()
const it = withLog(log)

const newPassword = 'another password'

type Made = Awaited<ReturnType<typeof makeAccessToken>>
type Scene = { ada: Account; made: Made[]; notebook: ForeignApp; connected: Tokens }

/** A user with two access tokens and a connected app. */
async function arrange(app: App): Promise<Scene> {
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
async function statuses(app: App, { made, connected }: Pick<Scene, 'made' | 'connected'>) {
  const tokens = [...made.map(({ token }) => token), connected.access_token]
  return Promise.all(tokens.map((token) => statusOf(app, token)))
}

function change(app: App, ada: Account, input: object) {
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
  it('revokes access tokens and disconnects apps on request, and records an event for each', async ({
    app,
  }) => {
    const scene = await arrange(app)
    const response = await change(app, scene.ada, {
      revokeAccessTokens: true,
      disconnectApps: true,
    })
    expect(response.status).toBe(200)
    expect(await statuses(app, scene)).toEqual([401, 401, 401])
    expect(await listAccessTokens(app, scene.ada)).toEqual([])
    expect(await refresh(scene)).toBe('refused')
    const ended = eventsOf(scene.ada, 'access_token_revoked', 'app_disconnected')
    expect(ended.map(({ tokenId, clientId }) => tokenId ?? clientId).sort()).toEqual(
      [...scene.made.map(({ id }) => id), scene.notebook.clientId].sort(),
    )
    expect(ended.every(({ address }) => address === '127.0.0.1')).toBe(true)
  })

  it.for<[string, object, number[]]>([
    ['access tokens', { revokeAccessTokens: true }, [401, 401, 200]],
    ['apps', { disconnectApps: true }, [200, 200, 401]],
    ['nothing', {}, [200, 200, 200]],
    ['nothing', { revokeAccessTokens: false, disconnectApps: false }, [200, 200, 200]],
  ])(
    'revokes only what the body asks for: %s, with %o',
    async ([_what, input, expected], { app }) => {
      const scene = await arrange(app)
      expect((await change(app, scene.ada, input)).status).toBe(200)
      expect(await statuses(app, scene)).toEqual(expected)
    },
  )

  it('revokes nothing if the password is wrong', async ({ app }) => {
    const scene = await arrange(app)
    const input = { currentPassword: 'a guess', revokeAccessTokens: true, disconnectApps: true }
    expect((await change(app, scene.ada, input)).status).toBe(400)
    expect(await statuses(app, scene)).toEqual([200, 200, 200])
    expect(eventsOf(scene.ada, 'access_token_revoked', 'app_disconnected')).toEqual([])
  })

  it.for(['revokeAccessTokens', 'disconnectApps'])(
    'is refused and changes nothing if %s is not true or false',
    async (member, { app }) => {
      const ada = await app.signUp('Ada')
      const response = await change(app, ada, { [member]: 'yes' })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        code: 'VALIDATION_ERROR',
        message: expect.stringContaining(member),
      })
      expect((await change(app, ada, {})).status).toBe(200)
    },
  )

  it('revokes nothing of other users', async ({ app }) => {
    const [scene, other] = [await arrange(app), await arrange(app)]
    await change(app, scene.ada, { revokeAccessTokens: true, disconnectApps: true })
    expect(await statuses(app, other)).toEqual([200, 200, 200])
  })
})
