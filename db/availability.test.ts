import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createAvailability,
  createPool,
  DatabaseAway,
  isDatabaseAway,
  isDatabaseBusy,
  requireDatabase,
} from './availability.ts'
import { connect, type Database } from './client.ts'
import { createTask, findTask } from './tasks.ts'
import { testDatabase } from './testing/database.ts'
import { type DatabaseProxy, startProxy } from './testing/proxy.ts'
import { newOwner, newTask } from './testing/tasks.ts'

const ada = newOwner('ada')
const withLabel = newTask({ labels: ['Work'] }) // takes a transaction of several statements

describe('a statement that is given up', () => {
  it.each([
    ['takes too long', 'set local statement_timeout = 20; select pg_sleep(5)'],
    ['waits too long for others', 'set local lock_timeout = 20; lock table labels'],
  ])(
    'because it %s counts as an absent database, and its connection lives on',
    async (_why, sql) => {
      const told: string[] = []
      const { database } = await openProxied((message) => told.push(message))
      const holder = await database.pool.connect()
      await holder.query('begin; lock table labels')
      const client = await database.pool.connect()
      await expect(client.query(`begin; ${sql}`)).rejects.toSatisfy(isDatabaseAway)
      await client.query('rollback')
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      expect(told).toEqual(['A statement was given up'])
      for (const one of [client, holder]) one.release(true)
    },
  )
})

describe('while the database is away', () => {
  it.each<[string, (database: Database) => Promise<unknown>]>([
    ['a single statement', ({ db }) => createTask(db, ada, newTask())],
    ['a transaction', ({ db }) => createTask(db, ada, withLabel)],
    ['a statement of the accounts', ({ pool }) => pool.query('select 1')],
    ['a connection of the accounts', ({ pool }) => pool.connect()],
  ])('%s fails at once and says why', async (_what, run) => {
    const { database, proxy } = await openProxied()
    proxy.cut()
    const since = performance.now()
    await expect(run(database)).rejects.toSatisfy(isDatabaseAway)
    expect(performance.now() - since).toBeLessThan(2_000)
  })

  it('nothing is lost of the pool: as many as before are served when it is back', async () => {
    const { database, proxy } = await openProxied()
    for (const cutAgain of [true, true, false]) {
      const values = [newTask(), withLabel]
      const all = await Promise.all(
        Array.from({ length: 30 }, (_, n) => addTask(database, values[n % 2])),
      )
      expect(all.filter((outcome) => outcome !== 'made')).toEqual([])
      if (!cutAgain) return
      const under = Array.from({ length: 30 }, () => addTask(database))
      await sleep(2)
      proxy.cut()
      expect(['made', 'away']).toEqual(
        expect.arrayContaining([...new Set(await Promise.all(under))]),
      )
      expect(await addTask(database)).toBe('away')
      proxy.mend()
    }
  })

  it('a connection on which a transaction could not even begin is not lost either', async () => {
    const { database, proxy } = await openProxied()
    for (let n = 0; n < 12; n++) {
      expect(await addTask(database)).toBe('made')
      proxy.cut()
      expect(await addTask(database, withLabel)).toBe('away')
      proxy.mend()
    }
    expect(await addTask(database)).toBe('made')
  })

  it('the log says so once, and once that it is back', async () => {
    const told: string[] = []
    const { database, proxy } = await openProxied((message) => told.push(message))
    await Promise.all(Array.from({ length: 20 }, () => addTask(database)))
    proxy.cut()
    await Promise.all(Array.from({ length: 100 }, () => addTask(database)))
    proxy.mend()
    await vi.waitUntil(() => told.length > 1 || addTask(database).then(() => false), {
      timeout: 5_000,
    })
    await addTask(database)
    expect(told).toEqual(['The database was lost', 'The database answers again'])
  })
})

describe('a connection that is lost during the commit', () => {
  it.each([
    ['before', 'a single statement', newTask()],
    ['before', 'a transaction', withLabel],
    ['after', 'a single statement', newTask()],
    ['after', 'a transaction', withLabel],
  ] as const)('%s the database has it is an error: %s', async (when, _what, values) => {
    const { database, proxy } = await openProxied()
    await addTask(database)
    proxy.cutAtCommit(when)
    await expect(createTask(database.db, ada, values)).rejects.toSatisfy(isDatabaseAway)
    expect(await addTask(database)).toBe('made')
  })
})

describe('a connection that was given up', () => {
  it('is not handed to the next one in the middle of a statement', async () => {
    const { database } = await openProxied()
    const client = await database.pool.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const slow = { text: 'select pg_sleep(3)', query_timeout: 100 }
    await expect(client.query(slow)).rejects.toThrow(DatabaseAway)
    client.release()
    const { rows: next } = await database.pool.query('select pg_backend_pid() as pid')
    expect(next).not.toEqual(rows)
  })
})

describe('the queue for a connection', () => {
  it('is bounded: whom it has no room for is refused at once', async () => {
    const told: string[] = []
    const { database } = await openProxied((message) => told.push(message))
    const held = await Promise.all(Array.from({ length: 10 }, () => database.pool.connect()))
    const waiting = Array.from({ length: 1_000 }, () => database.pool.query('select 1'))
    await expect(database.pool.query('select 1')).rejects.toSatisfy(isDatabaseBusy)
    expect(told).toEqual(['The database is busy'])
    for (const client of held) client.release()
    await expect(Promise.all(waiting)).resolves.toHaveLength(1_000)
  })
})

describe('a pool whose connections are all in use', () => {
  it('is busy, and is not reported as lost', async () => {
    const { pool, told } = await openFullPool()
    await expect(pool.query('select 1')).rejects.toSatisfy(isDatabaseBusy)
    await expect(pool.connect()).rejects.toSatisfy(isDatabaseBusy)
    expect(told).toEqual(['The database is busy'])
  })

  it('tells at once when the database is lost meanwhile', async () => {
    const { pool, proxy, told } = await openFullPool()
    await expect(pool.query('select 1')).rejects.toSatisfy(isDatabaseBusy)
    proxy.cut()
    await vi.waitUntil(() => told.length > 1)
    expect(told).toEqual(['The database is busy', 'The database was lost'])
  })
})

describe('the log of a busy database', () => {
  it('has a line a minute, which says how often', () => {
    const lines: object[] = []
    const warn = (fields: object, message: string) => lines.push({ ...fields, message })
    let now = 1
    const availability = createAvailability({ info: warn, warn, error: warn }, () => now)
    for (let n = 0; n < 100; n++) availability.refused('full')
    now += 60_000
    for (let n = 0; n < 100; n++) availability.refused('full')
    const message = 'The database is busy'
    expect(lines).toEqual([
      { reason: 'full', count: 1, message },
      { reason: 'full', count: 100, message },
    ])
  })
})

describe('requireDatabase', () => {
  it('tells of a failure that the work has swallowed', async () => {
    const { database, proxy } = await openProxied()
    proxy.cut()
    const forgiving = async () => database.pool.query('select 1').catch(() => undefined)
    await expect(requireDatabase(forgiving)).rejects.toThrow(DatabaseAway)
  })

  it('leaves other outcomes as they are', async () => {
    const { database } = await openProxied()
    expect(await requireDatabase(async () => 'fine')).toBe('fine')
    const wrong = () => database.pool.query('select nonsense')
    await expect(requireDatabase(wrong)).rejects.toThrow('column "nonsense" does not exist')
  })
})

/** What comes of one more task of Ada's. */
async function addTask({ db }: Database, values = newTask()): Promise<'made' | 'away'> {
  try {
    const task = await createTask(db, ada, values)
    if (typeof task === 'object') await findTask(db, ada, task.id)
    return 'made'
  } catch (error) {
    if (isDatabaseAway(error)) return 'away'
    throw error
  }
}

/** A pool of one connection, which somebody holds, and that does not wait for long. */
async function openFullPool() {
  const told: string[] = []
  const { proxy } = await openProxied()
  const note = (_fields: object, message: string) => void told.push(message)
  const availability = createAvailability({ info: note, warn: note, error: note })
  const config = { connectionString: proxy.url, max: 1, connectionTimeoutMillis: 50 }
  const pool = createPool(config, availability)
  await pool.query('select 1')
  const client = await pool.connect()
  onTestFinished(async () => {
    client.release(true)
    await pool.end()
  })
  return { pool, proxy, told }
}

/** A database of the test's own, by way of a proxy that can be cut. */
async function openProxied(
  tell: (message: string) => void = () => {},
): Promise<{ database: Database; proxy: DatabaseProxy }> {
  const direct = await testDatabase()
  const proxy = await startProxy(direct.url)
  const note = (_fields: object, message: string) => tell(message)
  const database = connect(proxy.url, { info: note, warn: note, error: note })
  onTestFinished(async () => {
    await database.close()
    proxy.close()
    await direct.close()
  })
  return { database, proxy }
}
