import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connect } from '#db/client.ts'
import { createRegistrationSweep } from '../oauth/unused-registrations.ts'
import { type Account, type App, jsonHeaders, startApp, startBeside } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'
import { post, registerApp } from '../testing/oauth.ts'
import { createAuth } from './auth.ts'
import { createHousekeeping, startHousekeeping } from './housekeeping.ts'

const day = 86_400_000
const times = { keyRotationDays: 90, keyGraceHours: 24 }
const limits = { trustedOrigins: [], signUpsPerHour: 0 }

let app: App
let ada: Account
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
})
afterAll(() => app.close())

/** Another instance on the same database, with a clock that is the given number of days ahead. */
function arrange(days = 0) {
  const { log, lines } = recordLog()
  const { db, pool, close } = connect(app.databaseUrl, log)
  onTestFinished(close)
  const { secret, url: baseUrl } = app
  const auth = createAuth({ db, pool, secret, baseUrl, log, ...limits, ...times })
  return { auth, pool, log, lines, now: () => Date.now() + days * day }
}

const clientIds = async (): Promise<string[]> =>
  (await app.pool.query('select "clientId" from "oauthClient"')).rows.map(
    ({ clientId }) => clientId,
  )

const countKeys = async () =>
  (await app.pool.query('select count(*)::int as n from task_creations')).rows[0].n

async function addKeys(count: number): Promise<void> {
  await app.pool.query(
    `insert into task_creations (user_id, key, fingerprint, task_id, created_at)
     select $1, 'key ' || n, '', gen_random_uuid(), now() - interval '31 days'
       from generate_series(1, $2::int) n on conflict do nothing`,
    [ada.id, count],
  )
}

describe('housekeeping', () => {
  it('deletes an idempotency key after 30 days, and not before', async () => {
    const input = { title: 'Once', idempotencyKey: 'of Ada' }
    const first = await ada.createTask(input)
    await createHousekeeping(arrange(29))()
    expect(await ada.createTask(input)).toBe(first)
    expect(await createHousekeeping(arrange(31))()).toMatchObject({ idempotencyKeys: 1 })
    expect(await ada.createTask(input)).not.toBe(first)
  })

  it('deletes all expired rows, in batches', async () => {
    await addKeys(2_500)
    expect(await createHousekeeping(arrange())()).toMatchObject({ idempotencyKeys: 2_500 })
  })

  it('deletes an unused registration after 7 days, and not before', async () => {
    const { clientId } = await registerApp(app)
    expect(await createHousekeeping(arrange(6.9))()).toMatchObject({ registrations: 0 })
    expect(await clientIds()).toContain(clientId)
    const { registrations } = (await createHousekeeping(arrange(7.1))()) ?? {}
    expect(registrations).toBeGreaterThan(0)
    expect(await clientIds()).not.toContain(clientId)
  })

  it('keeps a registration that a user has given consent, even after disconnecting it', async () => {
    const [kept, left, refused] = [
      await registerApp(app),
      await registerApp(app),
      await registerApp(app),
    ]
    await kept.connect(ada)
    await left.connect(ada, { scope: 'tasks:read offline_access' })
    await refused.begin()
    const list = await app.request('/api/auth/connected-app/list', {
      headers: { ...jsonHeaders, cookie: ada.cookie },
    })
    for (const { id } of (await list.json()) as { id: string }[])
      await post(app, ada, '/connected-app/disconnect', { id })
    await createHousekeeping(arrange(400))()
    const ids = await clientIds()
    expect(ids).toEqual(expect.arrayContaining([kept.clientId, left.clientId]))
    expect(ids).not.toContain(refused.clientId)
    await expect(left.connect(ada)).resolves.toMatchObject({ token_type: 'bearer' })
  })

  it('continues after the registrations of the previous round', async () => {
    const unused = async () => (await clientIds()).filter((id) => id.startsWith('unused')).length
    await app.pool.query(
      `insert into "oauthClient" (id, "clientId", "redirectUris", "createdAt", "updatedAt")
       select 'unused ' || n, 'unused ' || n, '[]', now(), now() from generate_series(1, 150) n`,
    )
    const { auth, now } = arrange(8)
    const sweep = createRegistrationSweep(auth, 1)
    expect(await sweep(new Date(now()))).toBeLessThanOrEqual(100)
    expect(await unused()).toBeGreaterThanOrEqual(50)
    await sweep(new Date(now()))
    expect(await unused()).toBe(0)
  })

  it('runs on one instance at a time', async () => {
    await addKeys(1_500)
    const outcomes = await Promise.all([1, 2, 3].map(() => createHousekeeping(arrange())()))
    const done = outcomes.filter((outcome) => outcome !== undefined)
    expect(done.reduce((sum, { idempotencyKeys }) => sum + idempotencyKeys, 0)).toBe(1_500)
  })

  it('runs at the start and logs the number of deleted rows', async () => {
    await addKeys(3)
    const { lines, ...options } = arrange()
    const stop = startHousekeeping(options)
    await vi.waitFor(() =>
      expect(lines()).toMatchObject([{ msg: 'Old rows were deleted', idempotencyKeys: 3 }]),
    )
    await stop()
    expect(await countKeys()).toBeLessThan(3)
  })

  it('stops after the current batch', async () => {
    await addKeys(20_000)
    const stop = startHousekeeping(arrange())
    await stop()
    const { rows } = await app.pool.query(
      `select count(*)::int as n from pg_locks where locktype = 'advisory' and objid = 7401004`,
    )
    expect(rows[0].n).toBe(0)
    expect(await countKeys()).toBeGreaterThan(10_000)
  })

  it('runs in a started server', async () => {
    await addKeys(5)
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    await vi.waitFor(async () => expect(await countKeys()).toBeLessThan(5), 10_000)
  })
})
