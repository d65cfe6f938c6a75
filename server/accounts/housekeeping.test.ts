import { describe, expect, onTestFinished, vi } from 'vitest'
import { createRegistrationSweep } from '../oauth/unused-registrations.ts'
import { postAccessToken } from '../testing/access-tokens.ts'
import { type Account, type App, startBeside } from '../testing/app.ts'
import { authBeside, keptDays } from '../testing/auth.ts'
import { recordLog } from '../testing/log.ts'
import { listConnectedApps, post, registerApp } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { createHousekeeping, startHousekeeping } from './housekeeping.ts'

const day = 86_400_000

/** Another instance on the same database, with a clock that is the given number of days ahead. */
function arrange(app: App, days = 0) {
  const { log, lines } = recordLog()
  const { close, ...beside } = authBeside(app, log)
  onTestFinished(close)
  return { ...beside, times: keptDays, log, lines, now: () => Date.now() + days * day }
}

const clientIds = async (app: App): Promise<string[]> =>
  (await app.pool.query('select "clientId" from "oauthClient"')).rows.map(
    ({ clientId }) => clientId,
  )

const countKeys = async (app: App) =>
  (await app.pool.query('select count(*)::int as n from task_creations')).rows[0].n

type Scene = { app: App; ada: Account }

async function addKeys({ app, ada }: Scene, count: number): Promise<void> {
  await app.pool.query(
    `insert into task_creations (user_id, key, fingerprint, task_id, created_at)
     select $1, 'key ' || n, '', gen_random_uuid(), now() - interval '31 days'
       from generate_series(1, $2::int) n on conflict do nothing`,
    [ada.id, count],
  )
}

describe('housekeeping', () => {
  it('deletes an idempotency key after 30 days, and not before', async ({ app, ada }) => {
    const input = { title: 'Once', idempotencyKey: 'of Ada' }
    const first = await ada.createTask(input)
    await createHousekeeping(arrange(app, 29))()
    expect(await ada.createTask(input)).toBe(first)
    expect(await createHousekeeping(arrange(app, 31))()).toMatchObject({ idempotencyKeys: 1 })
    expect(await ada.createTask(input)).not.toBe(first)
  })

  it('purges a task 30 days after its deletion, and names itself', async ({ app, ada }) => {
    const id = await ada.createTask({ title: 'Old' })
    await ada.query(`mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }`, {
      id,
    })
    const trash = async () => (await ada.query('{ trash { nodes { id } } }')).body.data?.trash
    await createHousekeeping(arrange(app, 29))()
    expect(await trash()).toEqual({ nodes: [{ id }] })
    expect(await createHousekeeping(arrange(app, 31))()).toMatchObject({ purgedTasks: 1 })
    expect(await trash()).toEqual({ nodes: [] })
    const { rows } = await app.pool.query(
      `select kind, actor_name as "actorName" from task_changes where user_id = $1
        order by "position" desc limit 1`,
      [ada.id],
    )
    expect(rows).toEqual([{ kind: 'PURGED', actorName: 'Taskward' }])
  })

  it('deletes changes after 90 days, and keeps where the history stands', async ({ app }) => {
    const cleo = await app.signUp('Cleo')
    for (const title of ['One', 'Two', 'Three']) await cleo.createTask({ title })
    const old = `update task_changes set occurred_at = now() - interval '91 days'
      where user_id = $1 and "position" < 3`
    await app.pool.query(old, [cleo.id])
    await app.pool.query(
      `update task_histories set kept_since = now() - interval '91 days' where user_id = $1`,
      [cleo.id],
    )
    expect(await createHousekeeping(arrange(app))()).toMatchObject({ changes: 2 })
    const { rows } = await app.pool.query(
      `select "position"::int, kept_after::int as "keptAfter", kept_since > now() - interval '1 day' as "isRecent",
              array(select "position"::int from task_changes where user_id = $1) as kept
         from task_histories where user_id = $1`,
      [cleo.id],
    )
    expect(rows).toEqual([{ position: 3, keptAfter: 2, isRecent: true, kept: [3] }])
    expect(await createHousekeeping(arrange(app, 92))()).toMatchObject({
      changes: expect.any(Number),
    })
    await cleo.createTask({ title: 'Four' })
    const { rows: next } = await app.pool.query(
      `select "position"::int, kept_after::int as "keptAfter" from task_histories where user_id = $1`,
      [cleo.id],
    )
    expect(next).toEqual([{ position: 4, keptAfter: 3 }])
  })

  it('deletes the limits of access tokens that no longer exist, and keeps those of others', async ({
    app,
  }) => {
    const dora = await app.signUp('Dora')
    const create = async (name: string) =>
      (
        await postAccessToken(app, dora, 'create', { name, scopes: ['tasks:write'], maxChanges: 5 })
      ).json()
    const [gone, kept] = [await create('Gone'), await create('Kept')]
    await app.pool.query('delete from apikey where id = $1', [gone.id])
    expect(await createHousekeeping(arrange(app))()).toMatchObject({ tokenLimits: 1 })
    const { rows } = await app.pool.query(
      'select actor_id as id from actor_brakes where user_id = $1',
      [dora.id],
    )
    expect(rows).toEqual([{ id: kept.id }])
  })

  it('deletes all expired rows, in batches', async ({ app, ada }) => {
    await addKeys({ app, ada }, 2_500)
    expect(await createHousekeeping(arrange(app))()).toMatchObject({ idempotencyKeys: 2_500 })
  })

  it('restores the policies that a killed backup has lifted', async ({ app }) => {
    await app.pool.query('alter table labels no force row level security')
    await createHousekeeping(arrange(app))()
    const { rows } = await app.pool.query(
      `select relforcerowsecurity as "isForced" from pg_class where oid = 'labels'::regclass`,
    )
    expect(rows).toEqual([{ isForced: true }])
  })

  it('deletes the stored response of a refresh when a retry is no longer possible', async ({
    app,
    notebook,
  }) => {
    const ada = await app.signUp('Ada') // other tests have deleted her session
    const tokens = await notebook.connect(ada, { scope: 'tasks:read offline_access' })
    await notebook.refresh(tokens)
    expect(await createHousekeeping(arrange(app))()).toMatchObject({ refreshResponses: 0 })
    const later = arrange(app, 31 / 86_400)
    expect(await createHousekeeping(later)()).toMatchObject({ refreshResponses: 1 })
  })

  it('deletes an unused registration after 7 days, and not before', async ({ app }) => {
    const { clientId } = await registerApp(app)
    expect(await createHousekeeping(arrange(app, 6.9))()).toMatchObject({ registrations: 0 })
    expect(await clientIds(app)).toContain(clientId)
    const { registrations } = (await createHousekeeping(arrange(app, 7.1))()) ?? {}
    expect(registrations).toBeGreaterThan(0)
    expect(await clientIds(app)).not.toContain(clientId)
  })

  it('keeps a registration that a user has given consent, even after disconnecting it', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    const [kept, left, refused] = [
      await registerApp(app),
      await registerApp(app),
      await registerApp(app),
    ]
    await kept.connect(ada)
    await left.connect(ada, { scope: 'tasks:read offline_access' })
    await refused.begin()
    for (const { id } of await listConnectedApps(app, ada))
      await post(app, ada, '/connected-app/disconnect', { id })
    const { auth, now } = arrange(app, 400)
    await createRegistrationSweep(auth)(new Date(now())) // alone, because the session must stay
    const ids = await clientIds(app)
    expect(ids).toEqual(expect.arrayContaining([kept.clientId, left.clientId]))
    expect(ids).not.toContain(refused.clientId)
    await expect(left.connect(ada)).resolves.toMatchObject({ token_type: 'bearer' })
  })

  it('continues after the registrations of the previous round', async ({ app }) => {
    const unused = async () => (await clientIds(app)).filter((id) => id.startsWith('unused')).length
    await app.pool.query(
      `insert into "oauthClient" (id, "clientId", "redirectUris", "createdAt", "updatedAt")
       select 'unused ' || n, 'unused ' || n, '[]', now(), now() from generate_series(1, 150) n`,
    )
    const { auth, now } = arrange(app, 8)
    const sweep = createRegistrationSweep(auth, 1)
    expect(await sweep(new Date(now()))).toBeLessThanOrEqual(100)
    expect(await unused()).toBeGreaterThanOrEqual(50)
    await sweep(new Date(now()))
    expect(await unused()).toBe(0)
  })

  it('runs on one instance at a time', async ({ app, ada }) => {
    await addKeys({ app, ada }, 1_500)
    const outcomes = await Promise.all([1, 2, 3].map(() => createHousekeeping(arrange(app))()))
    const done = outcomes.filter((outcome) => outcome !== undefined)
    expect(done.reduce((sum, { idempotencyKeys }) => sum + idempotencyKeys, 0)).toBe(1_500)
  })

  it('runs at the start and logs the number of deleted rows', async ({ app, ada }) => {
    await addKeys({ app, ada }, 3)
    const { lines, ...options } = arrange(app)
    const stop = startHousekeeping(options)
    await vi.waitFor(() =>
      expect(lines()).toMatchObject([{ msg: 'Old rows were deleted', idempotencyKeys: 3 }]),
    )
    await stop()
    expect(await countKeys(app)).toBeLessThan(3)
  })

  it('stops after the current batch', async ({ app, ada }) => {
    await addKeys({ app, ada }, 20_000)
    const stop = startHousekeeping(arrange(app))
    await stop()
    const { rows } = await app.pool.query(
      `select count(*)::int as n from pg_locks where locktype = 'advisory' and objid = 7401004`,
    )
    expect(rows[0].n).toBe(0)
    expect(await countKeys(app)).toBeGreaterThan(10_000)
  })

  it('runs in a started server', async ({ app, ada }) => {
    await addKeys({ app, ada }, 5)
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    await vi.waitFor(async () => expect(await countKeys(app)).toBeLessThan(5), 10_000)
  })
})
