import { describe, expect, vi } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders } from '../testing/app.ts'
import { type ForeignApp, registerApp, type Tokens } from '../testing/oauth.ts'
import { runProgram } from '../testing/operator.ts'
import { it } from '../testing/test.ts'

const viewer = '{ viewer { id } }'

type Scene = { ada: Account; accessToken: string; notebook: ForeignApp; connected: Tokens }

/** A user with two tasks, an access token and a connected app. */
async function arrange(app: App): Promise<Scene> {
  const ada = await app.signUp('Ada')
  for (const title of ['One', 'Two']) await ada.createTask({ title })
  const { token: accessToken } = await makeAccessToken(app, ada, ['tasks:read'])
  const notebook = await registerApp(app)
  const connected = await notebook.connect(ada, { scope: 'tasks:read offline_access' })
  return { ada, accessToken, notebook, connected }
}

/** The statuses for all tokens of the account, at both instances. */
async function statuses(
  app: App,
  other: App,
  { ada, accessToken, connected }: Scene,
): Promise<Set<number>> {
  const tokens = [ada.token, accessToken, connected.access_token]
  const answers = [app, other].flatMap((instance) =>
    tokens.map((token) => instance.query(viewer, {}, token)),
  )
  return new Set((await Promise.all(answers)).map(({ status }) => status))
}

async function release(app: App, ...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await runProgram(app, 'server/scripts/account-release.ts', args)
  return { code, output: code === 0 ? stdout : stderr }
}

const enter = (app: App, route: 'sign-in' | 'sign-up', email: string, password: string) =>
  app.request(`/api/auth/${route}/email`, {
    method: 'POST',
    headers: jsonHeaders,
    body: JSON.stringify({ name: 'Ada', email, password }),
  })

// Each test starts a process, which takes seconds on a busy machine.
describe('npm run account:release', { timeout: 60_000 }, () => {
  it('prints the account and changes nothing without --yes', async ({ app, other }) => {
    const scene = await arrange(app)
    const { code, output } = await release(app, ` ${scene.ada.email.toUpperCase()}`)
    expect(code).toBe(0)
    expect(output).toContain(`account        ${scene.ada.id}`)
    expect(output).toMatch(/created +\d{4}-\d\d-\d\dT/)
    expect(output).toMatch(/last sign-in +\d{4}-\d\d-\d\dT/)
    expect(output).toMatch(/1 sessions, 1 access tokens, 1 connected apps/)
    expect(output).toMatch(/keeps +2 tasks/)
    expect(output).toContain('Nothing was changed. Add --yes to free the address.')
    expect(await statuses(app, other, scene)).toEqual(new Set([200]))
  })

  it('frees the address with --yes, ends all tokens and sessions, and keeps the tasks', async ({
    app,
    other,
  }) => {
    const scene = await arrange(app)
    const { ada, notebook, connected } = scene
    expect(await statuses(app, other, scene)).toEqual(new Set([200]))
    const done = release(app, ada.email, '--yes')
    await vi.waitFor(
      async () => expect(await statuses(app, other, scene)).toEqual(new Set([401])),
      {
        timeout: 45_000,
        interval: 100,
      },
    )
    const { code, output } = await done
    expect(code).toBe(0)
    expect(output).toContain(`The account is named released:${ada.id}, and its tasks are kept.`)
    expect(output).toContain('"event":"address_released"')
    expect((await app.request('/api/auth/token', { headers: { cookie: ada.cookie } })).status).toBe(
      401,
    )
    await expect(notebook.refresh(connected)).rejects.toThrow()
    for (const email of [ada.email, `released:${ada.id}`])
      expect([400, 401]).toContain((await enter(app, 'sign-in', email, ada.password)).status)

    const signedUp = await enter(app, 'sign-up', ada.email, 'password of the owner')
    expect(signedUp.status).toBe(200)
    const { user } = (await signedUp.json()) as { user: { id: string } }
    expect(user.id).not.toBe(ada.id)

    await app.pool.query('update "user" set email = $2 where id = $1', [ada.id, `new-${ada.email}`])
    expect((await enter(app, 'sign-in', `new-${ada.email}`, ada.password)).status).toBe(200)
    const { rows } = await app.pool.query('select title from tasks where user_id = $1', [ada.id])
    expect(rows).toHaveLength(2)
  })

  it.for<[string, string[], RegExp]>([
    ['an address that no account has', ['absent@example.com'], /No account has the address/],
    ['no address', [], /Usage/],
    ['an unknown option', ['ada@example.com', '--force'], /Usage/],
  ])('refuses %s', async ([_what, args, message], { app }) => {
    const { code, output } = await release(app, ...args)
    expect(code).toBe(1)
    expect(output).toMatch(message)
  })
})
