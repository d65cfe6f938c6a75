import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type ChangedTask, type ChangesOptions, listenToChanges } from './changes.ts'
import { recordEndedSession } from './ended-sessions.ts'
import { followOwner, renewLeases } from './followed-owners.ts'
import { deleteEverythingOf } from './owners.ts'
import { createTask, deleteCompletedTasks, deleteTask, updateTask } from './tasks.ts'
import { silentLog } from './testing/cluster.ts'
import { testDatabase } from './testing/database.ts'
import { type DatabaseProxy, startProxy } from './testing/proxy.ts'
import { newOwner, newTask } from './testing/tasks.ts'

const instance = '00000000-0000-4000-8000-000000000001'

/** A listener on a database of its own, which follows Ada. */
async function listening(directWay?: (url: string) => Promise<string>) {
  const database = await testDatabase()
  const tasks: ChangedTask[] = []
  const sessions: string[] = []
  let interruptions = 0
  let provenAt = 0
  const stop = await listenToChanges({
    directUrl: await directWay?.(database.url),
    pool: database.pool,
    log: silentLog,
    listener: {
      taskChanged: (task) => tasks.push(task),
      sessionEnded: (id) => sessions.push(id),
      current: (asOf) => {
        provenAt = asOf
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
    tasks,
    sessions,
    interruptions: () => interruptions,
    /** How long ago everything up to then was known to have been told, in milliseconds. */
    proofAge: () => performance.now() - provenAt,
    /** Whatever was announced before has been heard once this has. */
    async untilHeard() {
      const mark = newOwner('mark')
      await recordEndedSession(database.pool, mark)
      await vi.waitFor(() => expect(sessions).toContain(mark))
    },
  }
}

async function listeningThroughProxy() {
  let proxy: DatabaseProxy | undefined
  const ears = await listening(async (url) => {
    proxy = await startProxy(url)
    onTestFinished(proxy.close)
    return proxy.url
  })
  if (!proxy) throw new Error('Nobody has asked for the way.')
  return { ...ears, proxy }
}

async function makeTask(db: Parameters<typeof createTask>[0], ownerId: string) {
  const task = await createTask(db, ownerId, newTask())
  if (typeof task === 'string') throw new Error(task)
  return task
}

describe('a change to a task', () => {
  it('is heard once for each creation, change and deletion, in this order', async () => {
    const { db, ada, tasks, untilHeard } = await listening()
    const { id } = await makeTask(db, ada)
    await updateTask(db, ada, id, { title: 'Another title' })
    await updateTask(db, ada, id, { completed: true })
    await deleteTask(db, ada, id)
    await untilHeard()
    expect(tasks).toEqual(
      (['CREATED', 'UPDATED', 'UPDATED', 'DELETED'] as const).map((kind) => ({
        kind,
        id,
        ownerId: ada,
      })),
    )
  })

  it('is not heard when nothing became different', async () => {
    const { db, ada, tasks, untilHeard } = await listening()
    const { id, title } = await makeTask(db, ada)
    await updateTask(db, ada, id, { completed: true })
    await updateTask(db, ada, id, { completed: true, title })
    await untilHeard()
    expect(tasks.map(({ kind }) => kind)).toEqual(['CREATED', 'UPDATED'])
  })

  it('is heard of each task that one statement deletes', async () => {
    const { db, ada, tasks, untilHeard } = await listening()
    const made = [await makeTask(db, ada), await makeTask(db, ada), await makeTask(db, ada)]
    for (const { id } of made.slice(1)) await updateTask(db, ada, id, { completed: true })
    await deleteCompletedTasks(db, ada)
    await untilHeard()
    const deleted = tasks.filter(({ kind }) => kind === 'DELETED').map(({ id }) => id)
    expect(deleted.sort()).toEqual(
      made
        .slice(1)
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('is not heard when its transaction is rolled back, and not before it is committed', async () => {
    const { pool, ada, tasks, untilHeard } = await listening()
    const client = await pool.connect()
    await insertInTransaction(client, ada)
    await untilHeard()
    expect(tasks).toEqual([])
    await client.query('rollback')
    await insertInTransaction(client, ada)
    await client.query('commit')
    client.release()
    await untilHeard()
    expect(tasks.map(({ kind }) => kind)).toEqual(['CREATED'])
  })

  it('of an owner whom nobody follows is not announced', async () => {
    const { db, tasks, untilHeard } = await listening()
    await makeTask(db, newOwner('bob'))
    await untilHeard()
    expect(tasks).toEqual([])
  })

  it('is announced for as long as the lease is renewed', async () => {
    const { db, pool, ada, tasks, untilHeard } = await listening()
    const runOut = `update followed_owners set until = now() - interval '1 second'`
    await pool.query(runOut)
    await makeTask(db, ada)
    await untilHeard()
    expect(tasks).toEqual([])
    await renewLeases(pool, instance, [ada])
    await makeTask(db, ada)
    await untilHeard()
    expect(tasks).toHaveLength(1)
    await pool.query(runOut)
    await renewLeases(pool, instance, [])
    expect((await pool.query('select from followed_owners')).rowCount).toBe(0)
  })

  it('under way as somebody begins to follow is waited for', async () => {
    const { pool, tasks, untilHeard } = await listening()
    const bob = newOwner('bob')
    const client = await pool.connect()
    await insertInTransaction(client, bob)
    const following = followOwner(pool, instance, bob)
    await vi.waitFor(async () => expect(await countWaiting(pool)).toBe(1))
    await client.query('commit')
    client.release()
    await following
    // It could not announce itself, but whoever reads once following has begun will find it.
    const { rows } = await pool.query('select from tasks where user_id = $1', [bob])
    expect(rows).toHaveLength(1)
    await untilHeard()
    expect(tasks).toEqual([])
  })

  it('is heard when an account is deleted with all its tasks, and nobody else loses anything', async () => {
    const { db, pool, ada, tasks, untilHeard } = await listening()
    const bob = newOwner('bob')
    await createTask(db, ada, newTask({ labels: ['Home'] }), 'a key')
    await createTask(db, bob, newTask({ labels: ['Home'] }), 'a key')
    await deleteEverythingOf(db, ada)
    await untilHeard()
    expect(tasks.map(({ kind }) => kind)).toEqual(['CREATED', 'DELETED'])
    for (const table of ['tasks', 'labels', 'task_creations']) {
      const { rows } = await pool.query(`select user_id from ${table}`)
      expect(rows).toEqual([{ user_id: bob }])
    }
  })
})

describe('what is announced', () => {
  it('and not understood is left alone', async () => {
    const { pool, sessions, tasks, untilHeard } = await listening()
    for (const payload of ['', 'no JSON', '{}', '{"task": 7}', '{"of": "a later version"}', 'null'])
      await pool.query('select pg_notify($1, $2)', ['taskward', payload])
    await untilHeard()
    expect([tasks, sessions.length]).toEqual([[], 1])
  })
})

describe('the end of a session', () => {
  it('is heard once, however often it is recorded', async () => {
    const { pool, sessions, untilHeard } = await listening()
    for (let n = 0; n < 3; n++) await recordEndedSession(pool, 'a session')
    await untilHeard()
    expect(sessions.filter((id) => id === 'a session')).toHaveLength(1)
  })

  it('is told to whoever listens later, for as long as a token may live, and then forgotten', async () => {
    const { pool, url } = await listening()
    for (const id of ['young', 'old', 'ancient']) await recordEndedSession(pool, id)
    await age(pool, 'young', 15)
    await age(pool, 'old', 21)
    await age(pool, 'ancient', 21)
    const told: string[] = []
    const stop = await listenToChanges({
      ...optionsOf(pool),
      directUrl: url,
      listener: { ...deaf, sessionEnded: (id) => told.push(id) },
    })
    await stop()
    expect(told).toEqual(['young'])
    await recordEndedSession(pool, 'new')
    const { rows } = await pool.query('select session_id from ended_sessions order by session_id')
    expect(rows.map((row) => row.session_id)).toEqual(['new', 'young'])
  })
})

describe('the connection', () => {
  it('is replaced when the server ends it, and tells what it missed', async () => {
    const { pool, sessions, interruptions, proofAge } = await listening()
    await pool.query(terminate)
    await recordEndedSession(pool, 'meanwhile')
    await vi.waitFor(() => expect(interruptions()).toBe(1), { timeout: 2_000 })
    expect(sessions).toContain('meanwhile')
    expect(proofAge()).toBeLessThan(1_000)
    await recordEndedSession(pool, 'afterwards')
    await vi.waitFor(() => expect(sessions).toContain('afterwards'))
  })

  it('is replaced within two seconds when the other end is silently gone', async () => {
    const { proxy, sessions, pool, interruptions, proofAge } = await listeningThroughProxy()
    proxy.hush()
    await recordEndedSession(pool, 'unheard')
    await sleep(1_500)
    expect(proofAge()).toBeGreaterThan(1_000)
    expect(sessions).toEqual([])
    proxy.mend()
    await vi.waitFor(() => expect(interruptions()).toBe(1), { timeout: 4_000 })
    expect(sessions).toEqual(['unheard'])
  })

  it('comes back when the database does, however long that takes', async () => {
    const { proxy, interruptions, proofAge } = await listeningThroughProxy()
    proxy.cut()
    await sleep(1_500)
    expect(interruptions()).toBe(0)
    proxy.mend()
    await vi.waitFor(() => expect(interruptions()).toBe(1), { timeout: 2_000 })
    expect(proofAge()).toBeLessThan(1_000)
  })

  it('is one, and only one', async () => {
    const { pool } = await listening()
    const { rows } = await pool.query(listeners)
    expect(rows).toHaveLength(1)
  })

  it('is refused at the start when nothing is heard on it', async () => {
    const database = await testDatabase()
    const elsewhere = await testDatabase()
    onTestFinished(async () => {
      await database.close()
      await elsewhere.close()
    })
    const options = { ...optionsOf(database.pool), directUrl: elsewhere.url, listener: deaf }
    await expect(listenToChanges(options)).rejects.toThrow(/Set DATABASE_DIRECT_URL/)
  })
})

const deaf = { taskChanged() {}, sessionEnded() {}, current() {}, interrupted() {} }

function optionsOf(pool: pg.Pool): Omit<ChangesOptions, 'listener' | 'directUrl'> {
  return { pool, log: silentLog }
}

const listeners = `select pid from pg_stat_activity
  where application_name = 'taskward-changes' and datname = current_database()`
const terminate = `select pg_terminate_backend(pid) from (${listeners}) as ours`

function age(pool: pg.Pool, sessionId: string, minutes: number) {
  return pool.query(
    `update ended_sessions set ended_at = now() - make_interval(mins => $2) where session_id = $1`,
    [sessionId, minutes],
  )
}

/** Who waits for the lock between those who write and those who begin to follow. */
async function countWaiting(pool: pg.Pool): Promise<number | null> {
  const { rowCount } = await pool.query(
    `select from pg_locks where locktype = 'advisory' and not granted
     and database = (select oid from pg_database where datname = current_database())`,
  )
  return rowCount
}

async function insertInTransaction(client: pg.PoolClient, ownerId: string): Promise<void> {
  await client.query('begin')
  await client.query(
    `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
     values ($1, gen_random_uuid(), 'a', 'a', 'LOW', '{}', '{}')`,
    [ownerId],
  )
}
