import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { recordEndedSession } from '#db/ended-sessions.ts'
import { signIn } from '../testing/accounts.ts'
import { type Account, type App, cookieOf, startBeside } from '../testing/app.ts'
import { setUptime } from '../testing/clock.ts'
import { post } from '../testing/oauth.ts'
import { startProxied } from '../testing/proxied.ts'
import { it } from '../testing/test.ts'
import { expectRevoked, statusOf, tokenOf } from '../testing/tokens.ts'
import { withoutTables } from '../testing/without-tables.ts'
import { createRevocation } from './revocation.ts'

type Instances = { app: App; other: App }
type Session = { cookie: string; token: string }

async function signInAgain(app: App, account: Account): Promise<Session> {
  const cookie = cookieOf(await signIn(app, account))
  return { cookie, token: await tokenOf(app, { cookie }) }
}

async function expectRefused({ app, other }: Instances, token: string): Promise<void> {
  const { status, headers, body } = await app.query('{ viewer { id } }', {}, token)
  expect([status, headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
  expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED'])
  await expectRevoked({ app, other }, [token])
}

/** Ada has two sessions; `act` runs in the second. */
type RevokingAction = {
  how: string
  act: (app: App, second: Session, ada: Account) => Promise<Response>
  endsFirst: boolean
  endsSecond: boolean
}

const revokingActions: RevokingAction[] = [
  {
    how: 'signing out',
    act: (app, second) => post(app, second, '/sign-out', {}),
    endsFirst: false,
    endsSecond: true,
  },
  {
    how: 'revoking the other session',
    act: async (app, second, ada) => {
      const list = await app.request('/api/auth/list-sessions', {
        headers: { cookie: second.cookie },
      })
      const sessions = (await list.json()) as { token: string }[]
      const first = sessions.find(({ token }) => ada.cookie.includes(token))
      return post(app, second, '/revoke-session', { token: first?.token })
    },
    endsFirst: true,
    endsSecond: false,
  },
  {
    how: 'revoking the other session by its id',
    act: async (app, second) => {
      const list = await app.request('/api/auth/session/list', {
        headers: { cookie: second.cookie },
      })
      const sessions = (await list.json()) as { id: string; isCurrent: boolean }[]
      const other = sessions.find(({ isCurrent }) => !isCurrent)
      return post(app, second, '/session/revoke', { id: other?.id })
    },
    endsFirst: true,
    endsSecond: false,
  },
  {
    how: 'revoking all other sessions',
    act: (app, second) => post(app, second, '/revoke-other-sessions', {}),
    endsFirst: true,
    endsSecond: false,
  },
  {
    how: 'signing out everywhere',
    act: (app, second) => post(app, second, '/revoke-sessions', {}),
    endsFirst: true,
    endsSecond: true,
  },
  {
    how: 'changing the password',
    act: (app, second, { password }) =>
      post(app, second, '/change-password', {
        currentPassword: password,
        newPassword: 'another long password',
      }),
    endsFirst: true,
    endsSecond: true,
  },
  {
    how: 'changing the password and asking to keep the sessions',
    act: (app, second, { password }) =>
      post(app, second, '/change-password', {
        currentPassword: password,
        newPassword: 'another long password',
        revokeOtherSessions: false,
      }),
    endsFirst: false,
    endsSecond: false,
  },
  {
    how: 'deleting the account',
    act: (app, second, { password }) => post(app, second, '/delete-user', { password }),
    endsFirst: true,
    endsSecond: true,
  },
]

describe.each(revokingActions)('$how', ({ act, endsFirst, endsSecond }) => {
  it('revokes exactly the tokens of the ended sessions, on every instance', async ({
    app,
    other,
    bob,
  }) => {
    const ada = await app.signUp('Ada')
    const second = await signInAgain(app, ada)
    for (const token of [ada.token, second.token]) {
      expect([await statusOf(app, token), await statusOf(other, token)]).toEqual([200, 200])
    }
    expect((await act(app, second, ada)).status).toBe(200)
    if (endsFirst) await expectRefused({ app, other }, ada.token)
    if (endsSecond) await expectRefused({ app, other }, second.token)
    await receiveAllChanges({ app, other })
    for (const instance of [app, other]) {
      expect(await statusOf(instance, ada.token)).toBe(endsFirst ? 401 : 200)
      expect(await statusOf(instance, second.token)).toBe(endsSecond ? 401 : 200)
      expect(await statusOf(instance, bob.token)).toBe(200)
    }
  })
})

/**
 * Ends one more session, and waits until the other instance has received it: then it has all
 * earlier ones.
 */
async function receiveAllChanges({ app, other }: Instances): Promise<void> {
  const sid = randomUUID()
  const token = app.signToken({ sid })
  await recordEndedSession(app.pool, sid)
  await vi.waitFor(async () => expect(await statusOf(other, token)).toBe(401), { interval: 5 })
}

describe('an expired session', () => {
  it('ends its tokens when its cookie is used again', async ({ app, other }) => {
    const ada = await app.signUp('Ada')
    await app.pool.query(
      `update session set "expiresAt" = now() - interval '1 second' where "userId" = $1`,
      [ada.id],
    )
    await app.request('/api/auth/get-session', { headers: { cookie: ada.cookie } })
    await expectRefused({ app, other }, ada.token)
  })
})

describe('an ended session', () => {
  it('is known to an instance that starts later', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await post(app, ada, '/sign-out', {})
    const late = await startBeside(app)
    onTestFinished(late.close)
    expect(await statusOf(late, ada.token)).toBe(401)
  })

  it('stays valid when its end cannot be announced', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await withoutTables(app, ['ended_sessions'], () => post(app, ada, '/revoke-sessions', {}))
    expect(await tokenOf(app, ada)).toMatch(/^ey/)
  })

  it('is found without a query', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const asked = ['ended_sessions', 'session', 'user', 'jwks']
    const statuses = await withoutTables(app, asked, () =>
      Promise.all(Array.from({ length: 20 }, () => statusOf(app, ada.token))),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
  })
})

describe('deleting an account', () => {
  it('deletes its tasks, labels and idempotency keys, and no others', async ({ app, bob }) => {
    const ada = await app.signUp('Ada')
    for (const { createTask } of [ada, bob])
      await createTask({ labels: ['Home'], idempotencyKey: 'a key' })
    expect((await post(app, ada, '/delete-user', { password: ada.password })).status).toBe(200)
    for (const table of ['tasks', 'labels', 'task_creations']) {
      const { rows } = await app.pool.query(
        `select user_id from ${table} where user_id in ($1, $2)`,
        [ada.id, bob.id],
      )
      expect(rows).toEqual([{ user_id: bob.id }])
    }
    for (const table of ['session', 'account']) {
      const { rows } = await app.pool.query(`select from ${table} where "userId" = $1`, [ada.id])
      expect(rows).toEqual([])
    }
  })

  it.for([{}, { password: '' }, { password: 'wrong password' }, { token: 'made up' }])(
    'is refused without the password, also with a new session: %j',
    async (body, { app, bob }) => {
      const id = await bob.createTask()
      expect((await post(app, bob, '/delete-user', body)).status).toBe(400)
      const { status, body: answer } = await bob.query(`{ task(id: "${id}") { id } }`)
      expect([status, answer.data]).toEqual([200, { task: { id } }])
    },
  )

  it('deletes a task that was written during the deletion', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await app.pool.query(
      `create function write_late() returns trigger language plpgsql as $$
       begin
         perform set_config('taskward.actor', '{"kind":"PERSON","id":"late","name":"Late"}', true);
         insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
         values (old."userId", gen_random_uuid(), 'late', 'late', 'LOW', '{}', '{}');
         return old;
       end $$;
       create trigger write_late before delete on account
       for each row execute function write_late()`,
    )
    await post(app, ada, '/delete-user', { password: ada.password })
    await app.pool.query('drop trigger write_late on account; drop function write_late')
    const { rows } = await app.pool.query('select from tasks where user_id = $1', [ada.id])
    expect(rows).toEqual([])
  })
})

describe('an instance that receives no pings', () => {
  it('accepts tokens for a second, then refuses them with 503 until it is connected again', async () => {
    const { app, proxy, ada, passASecond } = await startWithStoppedClock()
    proxy.cut()
    expect(await statusOf(app, ada.token)).toBe(200)
    passASecond()
    const refused = await app.query('{ viewer { id } }', {}, ada.token)
    expect(refused.status).toBe(503)
    expect(refused.body.errors?.map(({ extensions }) => extensions.code)).toEqual([
      'KEYS_UNAVAILABLE',
    ])
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect((await app.query('{ __typename }')).status).toBe(200)
    expect((await app.query('{ __typename }', {}, 'forged')).status).toBe(401)
    expect((await app.request('/health/ready')).status).toBe(503)
    proxy.mend()
    await vi.waitFor(async () => expect(await statusOf(app, ada.token)).toBe(200), 9_000)
  })

  it('does not accept a session that ends meanwhile for longer than a second', async () => {
    const { app, proxy, ada, passASecond } = await startWithStoppedClock()
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    proxy.cut()
    await post(beside, ada, '/sign-out', {})
    passASecond()
    expect(await statusOf(app, ada.token)).toBe(503)
    proxy.mend()
    const isRefused = async () => {
      const status = await statusOf(app, ada.token)
      expect([401, 503]).toContain(status)
      return status === 401
    }
    await vi.waitUntil(isRefused, { timeout: 9_000 })
  })

  it('refuses no token when the connection is restored immediately', async ({ app, other }) => {
    const ada = await app.signUp('Ada')
    const before = await listListeners(app)
    await app.pool.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [before])
    const isRestored = async () => {
      expect(await statusOf(app, ada.token)).toBe(200)
      const listeners = await listListeners(app)
      return listeners.length === 2 && !listeners.some((pid) => before.includes(pid))
    }
    await vi.waitUntil(isRestored, { timeout: 5_000, interval: 5 })
    await receiveAllChanges({ app, other })
    setUptime(performance.now() + 1_001)
    expect(await statusOf(app, ada.token)).toBe(200) // a ping has come meanwhile
  })
})

/** The process ids of the connections that listen for changes, one for each instance. */
async function listListeners({ pool }: App): Promise<number[]> {
  const { rows } = await pool.query(
    `select pid from pg_stat_activity
     where application_name = 'taskward-changes' and datname = current_database()`,
  )
  return rows.map(({ pid }) => pid)
}

/** The clock of the instance stands still until `passASecond`. */
async function startWithStoppedClock() {
  const { app, proxy } = await startProxied()
  const ada = await app.signUp('Ada')
  const now = performance.now()
  setUptime(now)
  expect(await statusOf(app, ada.token)).toBe(200)
  return { app, proxy, ada, passASecond: () => setUptime(now + 1_001) }
}

describe('the list of ended sessions', () => {
  it('drops a session when its tokens have expired, not before', () => {
    let now = 0
    const revocation = createRevocation(() => now)
    revocation.sessionEnded('first')
    now = 15 * 60_000 + 5_000
    expect(revocation.isRevoked(['first'])).toBe(true)
    now = 21 * 60_000
    revocation.sessionEnded('second')
    expect([revocation.isRevoked(['first']), revocation.isRevoked(['second'])]).toEqual([
      false,
      true,
    ])
    expect(revocation.size).toBe(1)
  })

  it('does not affect tokens without a session', () => {
    const revocation = createRevocation()
    revocation.sessionEnded('undefined')
    expect(revocation.isRevoked([])).toBe(false)
  })
})
