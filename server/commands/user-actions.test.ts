import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { connect } from '#db/client.ts'
import { readEnv } from '../env.ts'
import { createLog } from '../log/log.ts'
import { makeAccessToken } from '../testing/access-tokens.ts'
import { postAuth, signIn } from '../testing/accounts.ts'
import type { Account, App } from '../testing/app.ts'
import { authBeside } from '../testing/auth.ts'
import { registerApp } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { actions, Refused } from './user-actions.ts'

const viewer = '{ viewer { id } }'
const log = createLog({ isProduction: true, logLevel: 'silent' })

type Choices = { isDryRun?: boolean; isConfirmed?: boolean }

/** Runs a command on the app's database, as a program beside the app. Answers what it prints. */
async function run(app: App, name: string, target: string, choices: Choices = {}): Promise<string> {
  const { auth, pool, close } = authBeside(app)
  const { db, close: closeRows } = connect(app.databaseUrl, log)
  const env = readEnv({ BETTER_AUTH_URL: app.url })
  const lines: string[] = []
  const action = actions[name]
  await auth.$context // it reads the database, which is closed below
  try {
    await action?.({
      parts: { auth, db, pool, log },
      env,
      target,
      isDryRun: false,
      isConfirmed: false,
      print: (...more) => void lines.push(...more),
      ...choices,
    })
  } finally {
    await Promise.all([close(), closeRows()])
  }
  return lines.join('\n')
}

/** A user with a task, an access token and a connected app. */
async function arrange(app: App) {
  const ada = await app.signUp('Ada')
  await ada.createTask()
  const { token: accessToken } = await makeAccessToken(app, ada, ['tasks:read'])
  const notebook = await registerApp(app)
  const connected = await notebook.connect(ada, { scope: 'tasks:read offline_access' })
  return { ada, tokens: [ada.token, accessToken, connected.access_token], notebook, connected }
}

async function statuses(instances: App[], tokens: string[]): Promise<Set<number>> {
  const answers = instances.flatMap((app) => tokens.map((token) => app.query(viewer, {}, token)))
  return new Set((await Promise.all(answers)).map(({ status }) => status))
}

async function readCode(response: Response): Promise<unknown> {
  const { code } = (await response.json()) as { code?: unknown }
  return code
}

const changing: [string, Choices][] = [
  ['disable', {}],
  ['delete', { isConfirmed: true }],
  ['release', { isConfirmed: true }],
  ['reset-password', {}],
]

describe('users disable', { timeout: 60_000 }, () => {
  it('ends all tokens on every instance, and refuses the right password only', async ({
    app,
    other,
  }) => {
    const { ada, tokens, notebook, connected } = await arrange(app)
    expect(await statuses([app, other], tokens)).toEqual(new Set([200]))
    const printed = await run(app, 'disable', ` ${ada.email.toUpperCase()}`)
    expect(printed).toContain('1 sessions, 1 access tokens, 1 connected apps, 1 tasks')
    expect(printed).toContain(`${ada.email} is disabled.`)
    await expect
      .poll(() => statuses([app, other], tokens), { timeout: 10_000 })
      .toEqual(new Set([401]))
    await expect(notebook.refresh(connected)).rejects.toThrow()

    const right = await signIn(app, ada)
    expect(right.status).toBe(403)
    expect(right.headers.getSetCookie()).toEqual([])
    expect(await readCode(right)).toBe('ACCOUNT_DISABLED')
    const wrong = await signIn(app, { email: ada.email, password: randomUUID() })
    expect(await readCode(wrong)).toBe('INVALID_EMAIL_OR_PASSWORD')
  })

  it('says that the user is disabled already', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await run(app, 'disable', ada.id)
    const again = await run(app, 'disable', ada.email)
    expect(again).toBe(`${ada.email} is already disabled. Nothing was changed.`)
  })

  it('cannot be undone by the user', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const headers = { cookie: ada.cookie }
    const body = { name: 'Ada', disabledAt: '2020-01-01T00:00:00.000Z' }
    await postAuth(app, '/update-user', body, headers)
    expect((await signIn(app, ada)).status).toBe(200)
    const session = await app.request('/api/auth/get-session', { headers })
    expect(await session.text()).not.toContain('disabledAt')
  })
})

describe('users enable', { timeout: 60_000 }, () => {
  it('lets the user sign in again, with the tasks', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await ada.createTask()
    expect(await run(app, 'enable', ada.email)).toBe(
      `${ada.email} is not disabled. Nothing was changed.`,
    )
    await run(app, 'disable', ada.email)
    expect(await run(app, 'enable', ada.email)).toBe(`${ada.email} can sign in again.`)
    expect((await signIn(app, ada)).status).toBe(200)
    const { rows } = await app.pool.query('select title from tasks where user_id = $1', [ada.id])
    expect(rows).toHaveLength(1)
  })
})

describe('users delete', { timeout: 60_000 }, () => {
  it('deletes the account, its tasks and its tokens, and nothing of other users', async ({
    app,
    other,
    bob,
  }) => {
    const { ada, tokens } = await arrange(app)
    await bob.createTask()
    await expect(run(app, 'delete', ada.email)).rejects.toThrow('Add --yes to delete')
    const printed = await run(app, 'delete', ada.email, { isConfirmed: true })
    expect(printed).toContain(`${ada.email} is deleted, with 1 tasks.`)
    await expect
      .poll(() => statuses([app, other], tokens), { timeout: 10_000 })
      .toEqual(new Set([401]))
    expect(await readCode(await signIn(app, ada))).toBe('INVALID_EMAIL_OR_PASSWORD')
    for (const [table, column] of [
      ['tasks', 'user_id'],
      ['app_grants', 'user_id'],
      ['session', '"userId"'],
      ['account', '"userId"'],
      ['apikey', '"referenceId"'],
    ]) {
      const { rows } = await app.pool.query(`select from ${table} where ${column} = $1`, [ada.id])
      expect([table, rows.length]).toEqual([table, 0])
    }
    expect((await bob.query(viewer)).status).toBe(200)
  })
})

describe('users release', { timeout: 60_000 }, () => {
  it('frees the address, as npm run account:release does', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await expect(run(app, 'release', ada.email)).rejects.toThrow('Add --yes to free the address')
    const printed = await run(app, 'release', ada.email, { isConfirmed: true })
    expect(printed).toContain(`The account is named released:${ada.id}, and its tasks are kept.`)
    const body = { name: 'Ada', email: ada.email, password: randomUUID() }
    expect((await postAuth(app, '/sign-up/email', body)).status).toBe(200)
  })
})

describe('users reset-password', { timeout: 60_000 }, () => {
  it('prints a link that sets a new password once and ends all access', async ({ app, other }) => {
    const { ada, tokens } = await arrange(app)
    const printed = await run(app, 'reset-password', ada.email)
    expect(printed).toContain('ends all sessions, access tokens and connected apps')
    expect(await statuses([app, other], tokens)).toEqual(new Set([200]))
    const token = tokenIn(printed, app)
    const newPassword = randomUUID()
    const short = await postAuth(app, '/reset-password', { token, newPassword: 'short' })
    expect(await readCode(short)).toBe('PASSWORD_TOO_SHORT')
    const set = await postAuth(app, '/reset-password', { token, newPassword })
    expect(set.status).toBe(200)
    await expect
      .poll(() => statuses([app, other], tokens), { timeout: 10_000 })
      .toEqual(new Set([401]))
    expect((await signIn(app, ada)).status).toBe(401)
    expect((await signIn(app, { ...ada, password: newPassword })).status).toBe(200)
    const again = await postAuth(app, '/reset-password', { token, newPassword: randomUUID() })
    expect([again.status, await readCode(again)]).toEqual([400, 'INVALID_TOKEN'])
  })

  it('stores the secret of the link as a hash, and refuses it after a day', async ({
    app,
    bob,
  }) => {
    const token = tokenIn(await run(app, 'reset-password', bob.email), app)
    const { rows } = await app.pool.query('select identifier, value from verification')
    expect(JSON.stringify(rows)).not.toContain(token)
    await app.pool.query(
      `update verification set "expiresAt" = "expiresAt" - interval '1 day' where value = $1`,
      [bob.id],
    )
    const late = await postAuth(app, '/reset-password', { token, newPassword: randomUUID() })
    expect(await readCode(late)).toBe('INVALID_TOKEN')
  })
})

describe('users invite', { timeout: 60_000 }, () => {
  it.for<[string, (bob: Account) => string, RegExp]>([
    ['a text that is no address', () => 'ada', /"ada" is not an e-mail address/],
    ['an address with an account', (bob) => bob.email.toUpperCase(), /has an account already/],
  ])('refuses %s', async ([_what, target, message], { app, bob }) => {
    await expect(run(app, 'invite', target(bob))).rejects.toThrow(message)
  })

  it('prints a link for the address, and what SIGN_UPS means for it', async ({ app }) => {
    const printed = await run(app, 'invite', 'New@Example.com')
    expect(printed).toContain(`${app.url}/sign-up#email=new%40example.com&invitation=`)
    expect(printed).toContain('SIGN_UPS is open')
  })
})

describe('each command', { timeout: 60_000 }, () => {
  it.for(changing)('changes nothing with --dry-run: %s', async ([name, choices], { app, bob }) => {
    const count = 'select count(*)::int as count from verification'
    const before = await app.pool.query(count)
    const printed = await run(app, name, bob.email, { ...choices, isDryRun: true })
    expect(printed).toMatch(/Nothing was changed\.$/)
    expect((await app.pool.query(count)).rows).toEqual(before.rows)
    expect((await bob.query(viewer)).status).toBe(200)
    expect((await signIn(app, bob)).status).toBe(200)
  })

  it.for([...changing, ['enable', {}]] as const)(
    'refuses a user that does not exist: %s',
    async ([name, choices], { app }) => {
      const refused = run(app, name, 'absent@example.com', choices)
      await expect(refused).rejects.toThrow(
        new Refused(
          'No user has the e-mail address or the id "absent@example.com". Nothing was changed.',
        ),
      )
    },
  )

  it('lists the users that a part of an address may mean', async ({ app, bob }) => {
    const carol = await app.signUp('Carol')
    const part = carol.email.slice(0, 12)
    await expect(run(app, 'disable', part)).rejects.toThrow(carol.email)
    await expect(run(app, 'disable', part)).rejects.not.toThrow(bob.email)
    expect((await signIn(app, carol)).status).toBe(200)
  })
})

function tokenIn(printed: string, { url }: App): string {
  const link = printed.split('\n').find((line) => line.startsWith(`${url}/reset-password#token=`))
  return new URLSearchParams(new URL(link ?? '').hash.slice(1)).get('token') ?? ''
}
