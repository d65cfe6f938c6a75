import type pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type ChangesOptions, listenToChanges } from './changes.ts'
import { recordEndedSession } from './ended-sessions.ts'
import { followOwner, renewLeases } from './followed-owners.ts'
import { deleteEverythingOf } from './owners.ts'
import { createTask, updateTask } from './tasks.ts'
import { silentLog } from './testing/cluster.ts'
import { testDatabase } from './testing/database.ts'
import { type DatabaseProxy, startProxy } from './testing/proxy.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { beginWriting } from './testing/write-rows.ts'
import { deleteCompletedTasks, deleteTask } from './trash.ts'

const instance = '00000000-0000-4000-8000-000000000001'

/** A listener on a new database, subscribed to the changes of Ada. */
async function startListener(directUrlOf?: (url: string) => Promise<string>) {
  const database = await testDatabase()
  const moved: string[] = []
  const sessions: string[] = []
  let interruptions = 0
  let currentAsOf = 0
  const stop = await listenToChanges({
    directUrl: await directUrlOf?.(database.url),
    pool: database.pool,
    log: silentLog,
    listener: {
      historyMoved: (ownerId) => moved.push(ownerId),
      sessionEnded: (id) => sessions.push(id),
      current: (asOf) => {
        currentAsOf = asOf
      },
      interrupted: () => {
        interruptions += 1
      },
    },
  })
  onTestFinished(async () => {
    await stop()
    await database.close()
  })
  const ada = newOwner('ada')
  await followOwner(database.pool, instance, ada)
  return {
    ...database,
    ada,
    /** The owners whose history moved. */
    moved,
    sessions,
    interruptions: () => interruptions,
    /** The time, of `performance.now`, up to which every notification had arrived. */
    currentAsOf: () => currentAsOf,
    /** Resolves when all earlier notifications have arrived: they arrive in order. */
    async untilReceived() {
      const mark = newOwner('mark')
      await recordEndedSession(database.pool, mark)
      await vi.waitFor(() => expect(sessions).toContain(mark))
    },
  }
}

async function startListenerThroughProxy() {
  let proxy: DatabaseProxy | undefined
  const listener = await startListener(async (url) => {
    proxy = await startProxy(url)
    onTestFinished(proxy.close)
    return proxy.url
  })
  if (!proxy) throw new Error('The listener has not asked for its URL.')
  return { ...listener, proxy }
}

async function makeTask(db: Parameters<typeof createTask>[0], ownerId: string) {
  const task = await createTask(db, by(ownerId), newTask())
  if (typeof task === 'string') throw new Error(task)
  return task
}

describe('a change to a task', () => {
  it('is announced once for each statement, with its owner', async () => {
    const { db, ada, moved, untilReceived } = await startListener()
    const { id } = await makeTask(db, ada)
    await updateTask(db, by(ada), id, { title: 'Another title' })
    await updateTask(db, by(ada), id, { completed: true })
    await deleteTask(db, by(ada), id)
    await untilReceived()
    expect(moved).toEqual([ada, ada, ada, ada])
  })

  it('is not announced when no value changed', async () => {
    const { db, ada, moved, untilReceived } = await startListener()
    const { id, title } = await makeTask(db, ada)
    await updateTask(db, by(ada), id, { completed: true })
    await updateTask(db, by(ada), id, { completed: true, title })
    await untilReceived()
    expect(moved).toHaveLength(2)
  })

  it('is announced once however many tasks a statement deletes', async () => {
    const { db, ada, moved, untilReceived } = await startListener()
    for (let n = 0; n < 3; n++) {
      const { id } = await makeTask(db, ada)
      await updateTask(db, by(ada), id, { completed: true })
    }
    await untilReceived()
    moved.length = 0
    await deleteCompletedTasks(db, by(ada))
    await untilReceived()
    expect(moved).toEqual([ada])
  })

  it('is announced to the version before, change by change, for a day after the upgrade', async () => {
    const { db, pool, ada, moved, untilReceived } = await startListener()
    await pool.query(
      `create or replace function history_required_from() returns timestamptz
       language sql immutable as $$ select timestamptz '9000-01-01' $$`,
    )
    const bob = newOwner('bob')
    for (let n = 0; n < 3; n++) await makeTask(db, bob)
    const { payloads, stop } = await listenToPayloads(pool)
    const { id } = await makeTask(db, ada)
    await deleteTask(db, by(ada), id)
    await untilReceived()
    await stop()
    expect(payloads.filter(({ task }) => task)).toEqual(
      ['CREATED', 'DELETED'].map((kind) => ({ task: id, owner: ada, kind })),
    )
    expect(moved).toEqual([ada, ada])
  })

  it('is received after the commit, and not after a rollback', async () => {
    const { pool, ada, moved, untilReceived } = await startListener()
    const client = await pool.connect()
    await insertInTransaction(client, ada)
    await untilReceived()
    expect(moved).toEqual([])
    await client.query('rollback')
    await insertInTransaction(client, ada)
    await client.query('commit')
    client.release()
    await untilReceived()
    expect(moved).toEqual([ada])
  })

  it('is not sent for an owner without a subscription', async () => {
    const { db, moved, untilReceived } = await startListener()
    await makeTask(db, newOwner('bob'))
    await untilReceived()
    expect(moved).toEqual([])
  })

  it('is sent as long as the lease is renewed', async () => {
    const { db, pool, ada, moved, untilReceived } = await startListener()
    const expireLeases = `update followed_owners set until = now() - interval '1 second'`
    await pool.query(expireLeases)
    await makeTask(db, ada)
    await untilReceived()
    expect(moved).toEqual([])
    await renewLeases(pool, instance, [ada])
    await makeTask(db, ada)
    await untilReceived()
    expect(moved).toHaveLength(1)
    await pool.query(expireLeases)
    await renewLeases(pool, instance, [])
    expect((await pool.query('select from followed_owners')).rowCount).toBe(0)
  })

  it('that is uncommitted when a subscription begins is waited for', async () => {
    const { pool, moved, untilReceived } = await startListener()
    const bob = newOwner('bob')
    const client = await pool.connect()
    await insertInTransaction(client, bob)
    const subscribed = followOwner(pool, instance, bob)
    await vi.waitFor(async () => expect(await countWaiting(pool)).toBe(1))
    await client.query('commit')
    client.release()
    await subscribed
    // It sent no notification, but a read after the subscription has begun finds it.
    const { rows } = await pool.query('select from tasks where user_id = $1', [bob])
    expect(rows).toHaveLength(1)
    await untilReceived()
    expect(moved).toEqual([])
  })

  it('is received when an account is deleted with its tasks, and rows of other owners stay', async () => {
    const { db, pool, ada, moved, untilReceived } = await startListener()
    const bob = newOwner('bob')
    await createTask(db, by(ada), newTask({ labels: ['Home'] }), 'a key')
    await createTask(db, by(bob), newTask({ labels: ['Home'] }), 'a key')
    await deleteEverythingOf(db, ada)
    await untilReceived()
    expect(moved).toEqual([ada, ada])
    for (const table of ['tasks', 'labels', 'task_creations']) {
      const { rows } = await pool.query(`select user_id from ${table}`)
      expect(rows).toEqual([{ user_id: bob }])
    }
  })
})

describe('an unknown notification', () => {
  it('is ignored', async () => {
    const { pool, sessions, moved, untilReceived } = await startListener()
    const ofTheVersionBefore = '{"task": "1", "owner": "ada", "kind": "CREATED"}'
    for (const payload of ['', 'no JSON', '{}', '{"moved": 7}', ofTheVersionBefore, 'null'])
      await pool.query('select pg_notify($1, $2)', ['taskward', payload])
    await untilReceived()
    expect([moved, sessions.length]).toEqual([[], 1])
  })
})

describe('the end of a session', () => {
  it('is received once when it is recorded several times', async () => {
    const { pool, sessions, untilReceived } = await startListener()
    for (let n = 0; n < 3; n++) await recordEndedSession(pool, 'a session')
    await untilReceived()
    expect(sessions.filter((id) => id === 'a session')).toHaveLength(1)
  })

  it('is sent to later listeners for the lifetime of a token, and then deleted', async () => {
    const { pool, url } = await startListener()
    for (const id of ['young', 'old', 'ancient']) await recordEndedSession(pool, id)
    await age(pool, 'young', 15)
    await age(pool, 'old', 21)
    await age(pool, 'ancient', 21)
    const received: string[] = []
    const stop = await listenToChanges({
      ...optionsOf(pool),
      directUrl: url,
      listener: { ...ignoringListener, sessionEnded: (id) => received.push(id) },
    })
    await stop()
    expect(received).toEqual(['young'])
    await recordEndedSession(pool, 'new')
    const { rows } = await pool.query('select session_id from ended_sessions order by session_id')
    expect(rows.map((row) => row.session_id)).toEqual(['new', 'young'])
  })
})

describe('the connection', () => {
  it('is replaced when the server ends it, and reports that changes were missed', async () => {
    const { pool, sessions, interruptions, currentAsOf } = await startListener()
    await pool.query(terminate)
    const terminatedAt = performance.now()
    await recordEndedSession(pool, 'meanwhile')
    await vi.waitFor(() => expect(interruptions()).toBe(1), { timeout: 2_000 })
    expect(sessions).toContain('meanwhile')
    expect(currentAsOf()).toBeGreaterThan(terminatedAt)
    await recordEndedSession(pool, 'afterwards')
    await vi.waitFor(() => expect(sessions).toContain('afterwards'))
  })

  it('is replaced within two seconds when the network is silently lost', async () => {
    const { proxy, sessions, pool, interruptions, currentAsOf } = await startListenerThroughProxy()
    proxy.hush()
    await recordEndedSession(pool, 'unreceived')
    await vi.waitUntil(() => performance.now() - currentAsOf() > 1_000, { timeout: 4_000 })
    expect(sessions).toEqual([])
    proxy.mend()
    await vi.waitFor(() => expect(interruptions()).toBe(1), { timeout: 4_000 })
    expect(sessions).toEqual(['unreceived'])
  })

  it('is restored when the database is available again', async () => {
    const { proxy, interruptions, currentAsOf } = await startListenerThroughProxy()
    proxy.cut()
    await vi.waitUntil(() => proxy.countRefused() > 3, { timeout: 4_000 })
    expect(interruptions()).toBe(0)
    const mendedAt = performance.now()
    proxy.mend()
    await vi.waitFor(() => expect(interruptions()).toBe(1), { timeout: 2_000 })
    expect(currentAsOf()).toBeGreaterThan(mendedAt)
  })

  it('is exactly one', async () => {
    const { pool } = await startListener()
    const { rows } = await pool.query(listeners)
    expect(rows).toHaveLength(1)
  })

  it('is refused at the start when no notification arrives on it', async () => {
    const database = await testDatabase()
    const elsewhere = await testDatabase()
    onTestFinished(async () => {
      await database.close()
      await elsewhere.close()
    })
    const options = {
      ...optionsOf(database.pool),
      directUrl: elsewhere.url,
      listener: ignoringListener,
    }
    await expect(listenToChanges(options)).rejects.toThrow(/Set DATABASE_DIRECT_URL/)
  })
})

const ignoringListener = { historyMoved() {}, sessionEnded() {}, current() {}, interrupted() {} }

function optionsOf(pool: pg.Pool): Omit<ChangesOptions, 'listener' | 'directUrl'> {
  return { pool, log: silentLog }
}

const listeners = `select pid from pg_stat_activity
  where application_name = 'taskward-changes' and datname = current_database()`
const terminate = `select pg_terminate_backend(pid) from (${listeners}) as ours`

/** The payloads of all notifications from now on, as objects. */
async function listenToPayloads(pool: pg.Pool) {
  const client = await pool.connect()
  const payloads: Record<string, unknown>[] = []
  client.on('notification', ({ payload }) => payloads.push(JSON.parse(payload ?? '{}')))
  await client.query('listen taskward')
  const stop = async () => {
    await client.query('unlisten taskward') // earlier notifications have arrived when it is answered
    client.release(true)
  }
  return { payloads, stop }
}

function age(pool: pg.Pool, sessionId: string, minutes: number) {
  return pool.query(
    `update ended_sessions set ended_at = now() - make_interval(mins => $2) where session_id = $1`,
    [sessionId, minutes],
  )
}

/** The number of transactions that wait for the lock between writers and new subscriptions. */
async function countWaiting(pool: pg.Pool): Promise<number | null> {
  const { rowCount } = await pool.query(
    `select from pg_locks where locktype = 'advisory' and not granted
     and database = (select oid from pg_database where datname = current_database())`,
  )
  return rowCount
}

async function insertInTransaction(client: pg.PoolClient, ownerId: string): Promise<void> {
  await beginWriting(client, ownerId)
  await client.query(
    `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
     values ($1, gen_random_uuid(), 'a', 'a', 'LOW', '{}', '{}')`,
    [ownerId],
  )
}
