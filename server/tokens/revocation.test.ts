import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { recordEndedSession } from '#db/ended-sessions.ts'
import { type DatabaseProxy, startProxy } from '#db/testing/proxy.ts'
import {
  type Account,
  type App,
  cookieOf,
  jsonHeaders,
  startApp,
  startBeside,
} from '../testing/app.ts'
import { createRevocation } from './revocation.ts'

let app: App
let other: App
let bob: Account
beforeAll(async () => {
  app = await startApp()
  other = await startBeside(app)
  bob = await app.signUp('Bob')
})
afterAll(async () => {
  await other.close()
  await app.close()
})

type Session = { cookie: string; token: string }

async function signInAgain({ email, password }: Account): Promise<Session> {
  const cookie = cookieOf(await post('/sign-in/email', { email, password }))
  return { cookie, token: await tokenFor(cookie) }
}

function post(path: string, body: object, cookie = ''): Promise<Response> {
  const headers = { ...jsonHeaders, cookie }
  return app.request(`/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function tokenFor(cookie: string): Promise<string> {
  const answer = await app.request('/api/auth/token', { headers: { cookie } })
  return ((await answer.json()) as { token: string }).token
}

const ask = (instance: App, token: string) => instance.query('{ viewer { id } }', {}, token)
const statusAt = async (instance: App, token: string) => (await ask(instance, token)).status

/** Immediately on the instance that ended the session; within a second on the other. */
async function expectRefused(token: string): Promise<void> {
  const endedAt = performance.now()
  const { status, headers, body } = await ask(app, token)
  expect([status, headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
  expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED'])
  await vi.waitFor(async () => expect(await statusAt(other, token)).toBe(401), { interval: 5 })
  expect(performance.now() - endedAt).toBeLessThan(1_000)
}

/** Ada has two sessions; `act` runs in the second. */
type RevokingAction = {
  how: string
  act: (second: Session, ada: Account) => Promise<Response>
  endsFirst: boolean
  endsSecond: boolean
}

const revokingActions: RevokingAction[] = [
  {
    how: 'signing out',
    act: (second) => post('/sign-out', {}, second.cookie),
    endsFirst: false,
    endsSecond: true,
  },
  {
    how: 'revoking the other session',
    act: async (second, ada) => {
      const list = await app.request('/api/auth/list-sessions', {
        headers: { cookie: second.cookie },
      })
      const sessions = (await list.json()) as { token: string }[]
      const first = sessions.find(({ token }) => ada.cookie.includes(token))
      return post('/revoke-session', { token: first?.token }, second.cookie)
    },
    endsFirst: true,
    endsSecond: false,
  },
  {
    how: 'revoking all other sessions',
    act: (second) => post('/revoke-other-sessions', {}, second.cookie),
    endsFirst: true,
    endsSecond: false,
  },
  {
    how: 'signing out everywhere',
    act: (second) => post('/revoke-sessions', {}, second.cookie),
    endsFirst: true,
    endsSecond: true,
  },
  {
    how: 'changing the password',
    act: (second, { password }) =>
      post(
        '/change-password',
        { currentPassword: password, newPassword: 'another long password' },
        second.cookie,
      ),
    endsFirst: true,
    endsSecond: true,
  },
  {
    how: 'changing the password and asking to keep the sessions',
    act: (second, { password }) =>
      post(
        '/change-password',
        {
          currentPassword: password,
          newPassword: 'another long password',
          revokeOtherSessions: false,
        },
        second.cookie,
      ),
    endsFirst: false,
    endsSecond: false,
  },
  {
    how: 'deleting the account',
    act: (second, { password }) => post('/delete-user', { password }, second.cookie),
    endsFirst: true,
    endsSecond: true,
  },
]

describe.each(revokingActions)('$how', ({ act, endsFirst, endsSecond }) => {
  it('revokes exactly the tokens of the ended sessions, on every instance', async () => {
    const ada = await app.signUp('Ada')
    const second = await signInAgain(ada)
    for (const token of [ada.token, second.token]) {
      expect([await statusAt(app, token), await statusAt(other, token)]).toEqual([200, 200])
    }
    expect((await act(second, ada)).status).toBe(200)
    if (endsFirst) await expectRefused(ada.token)
    if (endsSecond) await expectRefused(second.token)
    await receiveAllChanges()
    for (const instance of [app, other]) {
      expect(await statusAt(instance, ada.token)).toBe(endsFirst ? 401 : 200)
      expect(await statusAt(instance, second.token)).toBe(endsSecond ? 401 : 200)
      expect(await statusAt(instance, bob.token)).toBe(200)
    }
  })
})

/**
 * Ends one more session, and waits until the other instance has received it: then it has all
 * earlier ones.
 */
async function receiveAllChanges(): Promise<void> {
  const sid = randomUUID()
  const token = app.signToken({ sid })
  await recordEndedSession(app.pool, sid)
  await vi.waitFor(async () => expect(await statusAt(other, token)).toBe(401), { interval: 5 })
}

describe('an expired session', () => {
  it('ends its tokens when its cookie is used again', async () => {
    const ada = await app.signUp('Ada')
    await app.pool.query(
      `update session set "expiresAt" = now() - interval '1 second' where "userId" = $1`,
      [ada.id],
    )
    await app.request('/api/auth/get-session', { headers: { cookie: ada.cookie } })
    await expectRefused(ada.token)
  })
})

describe('an ended session', () => {
  it('is known to an instance that starts later', async () => {
    const ada = await app.signUp('Ada')
    await post('/sign-out', {}, ada.cookie)
    const late = await startBeside(app)
    onTestFinished(late.close)
    expect(await statusAt(late, ada.token)).toBe(401)
  })

  it('stays valid when its end cannot be announced', async () => {
    const ada = await app.signUp('Ada')
    await app.pool.query('alter table ended_sessions rename to gone')
    await post('/revoke-sessions', {}, ada.cookie)
    await app.pool.query('alter table gone rename to ended_sessions')
    expect(await tokenFor(ada.cookie)).toMatch(/^ey/)
  })

  it('is found without a query', async () => {
    const ada = await app.signUp('Ada')
    const asked = ['ended_sessions', 'session', 'user', 'jwks']
    for (const table of asked)
      await app.pool.query(`alter table "${table}" rename to "gone_${table}"`)
    const statuses = await Promise.all(Array.from({ length: 20 }, () => statusAt(app, ada.token)))
    for (const table of asked)
      await app.pool.query(`alter table "gone_${table}" rename to "${table}"`)
    expect(new Set(statuses)).toEqual(new Set([200]))
  })
})

describe('deleting an account', () => {
  it('deletes its tasks, labels and idempotency keys, and no others', async () => {
    const ada = await app.signUp('Ada')
    for (const { createTask } of [ada, bob])
      await createTask({ labels: ['Home'], idempotencyKey: 'a key' })
    expect((await post('/delete-user', { password: ada.password }, ada.cookie)).status).toBe(200)
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

  it.each([{}, { password: '' }, { password: 'wrong password' }, { token: 'made up' }])(
    'is refused without the password, also with a new session: %j',
    async (body) => {
      const id = await bob.createTask()
      expect((await post('/delete-user', body, bob.cookie)).status).toBe(400)
      const { status, body: answer } = await bob.query(`{ task(id: "${id}") { id } }`)
      expect([status, answer.data]).toEqual([200, { task: { id } }])
    },
  )

  it('deletes a task that was written during the deletion', async () => {
    const ada = await app.signUp('Ada')
    await app.pool.query(
      `create function write_late() returns trigger language plpgsql as $$
       begin
         insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
         values (old."userId", gen_random_uuid(), 'late', 'late', 'LOW', '{}', '{}');
         return old;
       end $$;
       create trigger write_late before delete on account
       for each row execute function write_late()`,
    )
    await post('/delete-user', { password: ada.password }, ada.cookie)
    await app.pool.query('drop trigger write_late on account; drop function write_late')
    const { rows } = await app.pool.query('select from tasks where user_id = $1', [ada.id])
    expect(rows).toEqual([])
  })
})

describe('an instance that receives no pings', () => {
  it('accepts tokens for a second, then refuses them with 503 until it is connected again', async () => {
    const { app, proxy, ada } = await startProxied()
    proxy.cut()
    expect(await statusAt(app, ada.token)).toBe(200)
    await sleep(1_000)
    const refused = await ask(app, ada.token)
    expect(refused.status).toBe(503)
    expect(refused.body.errors?.map(({ extensions }) => extensions.code)).toEqual([
      'KEYS_UNAVAILABLE',
    ])
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect((await app.query('{ __typename }')).status).toBe(200)
    expect((await app.query('{ __typename }', {}, 'forged')).status).toBe(401)
    expect((await app.request('/health/ready')).status).toBe(503)
    proxy.mend()
    await vi.waitFor(async () => expect(await statusAt(app, ada.token)).toBe(200), 9_000)
  })

  it('does not accept a session that ends meanwhile for longer than a second', async () => {
    const { app, proxy, ada } = await startProxied()
    const beside = await startBeside({ ...app, databaseUrl: app.databaseUrl })
    onTestFinished(beside.close)
    proxy.cut()
    const headers = { ...jsonHeaders, cookie: ada.cookie }
    await beside.request('/api/auth/sign-out', { method: 'POST', headers, body: '{}' })
    const endedAt = performance.now()
    const statuses: [atMs: number, status: number][] = []
    while (performance.now() - endedAt < 2_500) {
      statuses.push([performance.now() - endedAt, await statusAt(app, ada.token)])
      await sleep(20)
    }
    expect(statuses.filter(([at, status]) => at > 1_000 && status === 200)).toEqual([])
    proxy.mend()
    await vi.waitFor(async () => expect(await statusAt(app, ada.token)).toBe(401), 9_000)
  })

  it('refuses no token when the connection is restored immediately', async () => {
    const ada = await app.signUp('Ada')
    await app.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'taskward-changes' and datname = current_database()`,
    )
    const statuses = new Set<number>()
    for (let n = 0; n < 60; n++) {
      statuses.add(await statusAt(app, ada.token))
      await sleep(20)
    }
    expect([...statuses]).toEqual([200])
  })
})

async function startProxied() {
  let proxy: DatabaseProxy | undefined
  const wayTo = async (url: string) => {
    proxy = await startProxy(url)
    return proxy.url
  }
  const proxied = await startApp({ wayTo })
  if (!proxy) throw new Error('The app did not use wayTo.')
  const { close } = proxy
  onTestFinished(async () => {
    await proxied.close()
    close()
  })
  return { app: proxied, proxy, ada: await proxied.signUp('Ada') }
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
