import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createAvailability,
  DatabaseUnavailable,
  isDatabaseBusy,
  isDatabaseUnavailable,
  requireDatabase,
} from './availability.ts'
import { connect, type Database } from './client.ts'
import { TaskwardPool } from './pool.ts'
import { createTask, findTask } from './tasks.ts'
import { testDatabase } from './testing/database.ts'
import { type DatabaseProxy, startProxy } from './testing/proxy.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { within } from './testing/within.ts'

const ada = newOwner('ada')
const withLabel = newTask({ labels: ['Work'] }) // takes a transaction of several statements

describe('an aborted statement', () => {
  it.each([
    ['takes too long', 'set local statement_timeout = 20; select pg_sleep(5)'],
    ['waits too long for others', 'set local lock_timeout = 20; lock table labels'],
  ])(
    'that %s counts as an unavailable database, and its connection stays usable',
    async (_why, sql) => {
      const logged: string[] = []
      const { database } = await openProxied((message) => logged.push(message))
      const holder = await database.pool.connect()
      await holder.query('begin; lock table labels')
      const client = await database.pool.connect()
      await expect(client.query(`begin; ${sql}`)).rejects.toSatisfy(isDatabaseUnavailable)
      await client.query('rollback')
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      expect(logged).toEqual(['A statement was aborted'])
      for (const each of [client, holder]) each.release(true)
    },
  )
})

describe('while the database is unavailable', () => {
  it.each<[string, (database: Database) => Promise<unknown>]>([
    ['a single statement', ({ db }) => createTask(db, by(ada), newTask())],
    ['a transaction', ({ db }) => createTask(db, by(ada), withLabel)],
    ['a statement of the accounts', ({ pool }) => pool.query('select 1')],
    ['a connection of the accounts', ({ pool }) => pool.connect()],
  ])('%s fails immediately and says why', async (_what, run) => {
    const { database, proxy } = await openProxied()
    proxy.cut()
    await expect(within(2_000, run(database))).rejects.toSatisfy(isDatabaseUnavailable)
  })

  it('the pool loses no connection: it serves as many as before when the database is available again', async () => {
    const { database, proxy } = await openProxied()
    for (const cutAgain of [true, true, false]) {
      const values = [newTask(), withLabel]
      const all = await Promise.all(
        Array.from({ length: 30 }, (_, n) => addTask(database, values[n % 2])),
      )
      expect(all.filter((outcome) => outcome !== 'created')).toEqual([])
      if (!cutAgain) return
      const underWay = Array.from({ length: 30 }, () => addTask(database))
      await Promise.race(underWay)
      proxy.cut()
      expect(['created', 'unavailable']).toEqual(
        expect.arrayContaining([...new Set(await Promise.all(underWay))]),
      )
      expect(await addTask(database)).toBe('unavailable')
      proxy.mend()
    }
  })

  it('the pool loses no connection on which a transaction could not begin', async () => {
    const { database, proxy } = await openProxied()
    for (let n = 0; n < 12; n++) {
      expect(await addTask(database)).toBe('created')
      proxy.cut()
      expect(await addTask(database, withLabel)).toBe('unavailable')
      proxy.mend()
    }
    expect(await addTask(database)).toBe('created')
  })

  it('the log has one line when it becomes unavailable, and one when it is available again', async () => {
    const logged: string[] = []
    const { database, proxy } = await openProxied((message) => logged.push(message))
    await Promise.all(Array.from({ length: 20 }, () => addTask(database)))
    proxy.cut()
    await Promise.all(Array.from({ length: 100 }, () => addTask(database)))
    proxy.mend()
    await vi.waitUntil(() => logged.length > 1 || addTask(database).then(() => false), {
      timeout: 5_000,
    })
    await addTask(database)
    expect(logged).toEqual(['The database is unavailable', 'The database is available again'])
  })
})

describe('a connection that is lost during the commit', () => {
  it.each([
    ['before', 'a single statement', newTask()],
    ['before', 'a transaction', withLabel],
    ['after', 'a single statement', newTask()],
    ['after', 'a transaction', withLabel],
  ] as const)('%s the database has received it is an error: %s', async (when, _what, values) => {
    const { database, proxy } = await openProxied()
    await addTask(database)
    proxy.cutAtCommit(when)
    await expect(createTask(database.db, by(ada), values)).rejects.toSatisfy(isDatabaseUnavailable)
    expect(await addTask(database)).toBe('created')
  })
})

describe('a connection with a statement that timed out', () => {
  it('is not reused while its statement runs', async () => {
    const { database } = await openProxied()
    const client = await database.pool.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const slow = { text: 'select pg_sleep(3)', query_timeout: 100 }
    await expect(client.query(slow)).rejects.toThrow(DatabaseUnavailable)
    client.release()
    const { rows: next } = await database.pool.query('select pg_backend_pid() as pid')
    expect(next).not.toEqual(rows)
  })
})

describe('the queue for a connection', () => {
  it('is bounded: a statement that finds it full is refused immediately', async () => {
    const logged: string[] = []
    const { database } = await openProxied((message) => logged.push(message))
    const held = await Promise.all(Array.from({ length: 10 }, () => database.pool.connect()))
    const waiting = Array.from({ length: 1_000 }, () => database.pool.query('select 1'))
    await expect(database.pool.query('select 1')).rejects.toSatisfy(isDatabaseBusy)
    expect(logged).toEqual(['The database is busy'])
    for (const client of held) client.release()
    await expect(Promise.all(waiting)).resolves.toHaveLength(1_000)
  })
})

describe('a pool whose connections are all in use', () => {
  it('is busy, and is not reported as lost', async () => {
    const { pool, logged } = await openFullPool()
    await expect(pool.query('select 1')).rejects.toSatisfy(isDatabaseBusy)
    await expect(pool.connect()).rejects.toSatisfy(isDatabaseBusy)
    expect(logged).toEqual(['The database is busy'])
  })

  it('logs immediately when the database becomes unavailable', async () => {
    const { pool, proxy, logged } = await openFullPool()
    await expect(pool.query('select 1')).rejects.toSatisfy(isDatabaseBusy)
    proxy.cut()
    await vi.waitUntil(() => logged.length > 1)
    expect(logged).toEqual(['The database is busy', 'The database is unavailable'])
  })
})

describe('the log of a busy database', () => {
  it('has one line a minute, with the number of refusals', () => {
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
  it('throws a failure that the work has caught', async () => {
    const { database, proxy } = await openProxied()
    proxy.cut()
    const swallowing = async () => database.pool.query('select 1').catch(() => undefined)
    await expect(requireDatabase(swallowing)).rejects.toThrow(DatabaseUnavailable)
  })

  it('leaves other outcomes as they are', async () => {
    const { database } = await openProxied()
    expect(await requireDatabase(async () => 'fine')).toBe('fine')
    const wrong = () => database.pool.query('select nonsense')
    await expect(requireDatabase(wrong)).rejects.toThrow('column "nonsense" does not exist')
  })
})

/** The outcome of creating one more task of Ada. */
async function addTask({ db }: Database, values = newTask()): Promise<'created' | 'unavailable'> {
  try {
    const task = await createTask(db, by(ada), values)
    if (typeof task === 'object') await findTask(db, ada, task.id)
    return 'created'
  } catch (error) {
    if (isDatabaseUnavailable(error)) return 'unavailable'
    throw error
  }
}

/** A pool of one connection, which is in use. A second caller waits for at most 50 ms. */
async function openFullPool() {
  const logged: string[] = []
  const { proxy } = await openProxied()
  const note = (_fields: object, message: string) => void logged.push(message)
  const availability = createAvailability({ info: note, warn: note, error: note })
  const pool = new TaskwardPool({ connectionString: proxy.url, max: 1 }, availability)
  await pool.query('select 1')
  const client = await pool.connect()
  pool.options.connectionTimeoutMillis = 50 // not before: a new connection may take longer
  onTestFinished(async () => {
    client.release(true)
    await pool.end()
  })
  return { pool, proxy, logged }
}

/** A new database behind a proxy that the test can cut. */
async function openProxied(
  onLog: (message: string) => void = () => {},
): Promise<{ database: Database; proxy: DatabaseProxy }> {
  const direct = await testDatabase()
  const proxy = await startProxy(direct.url)
  const note = (_fields: object, message: string) => onLog(message)
  const database = connect(proxy.url, { info: note, warn: note, error: note })
  onTestFinished(async () => {
    await database.close()
    proxy.close()
    await direct.close()
  })
  return { database, proxy }
}
