import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAvailability, DatabaseUnavailable } from './availability.ts'
import { connect, type Db } from './client.ts'
import { OwnerPool } from './pool.ts'
import { runAs } from './statements.ts'
import { silentLog } from './testing/cluster.ts'
import { databaseForTest } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { startWire } from './testing/wire.ts'

const ada = newOwner('ada')

/** One statement without parameters, with a name of its own. */
const bound = (text: string) => ({ name: text, text, values: [] })

describe('the statements of a batch', () => {
  it('run in one transaction: an error in the second undoes the first', async () => {
    const { db } = await databaseForTest()
    await seedTasks(db, ada, [newTask()])
    const removal = bound(`update tasks set title = ''`)
    await expect(runAs(db, by(ada), [removal, bound('select 1 / 0')])).rejects.toThrow(
      'division by zero',
    )
    const count = `select count(*) from tasks where title <> ''`
    expect(await runTextAs(db, ada, count)).toEqual([['1']])
    const id = 'select pg_current_xact_id()'
    const [first, second] = await runAs(db, ada, [bound(id), bound(`${id} as again`)])
    expect(first).toEqual(second)
  })

  it('stay committed when a later batch fails', async () => {
    const { db } = await databaseForTest()
    await runTextAs(db, by(ada), insertTask)
    await expect(runTextAs(db, ada, 'select 1 / 0')).rejects.toThrow('division by zero')
    expect(await runTextAs(db, ada, 'select count(*) from tasks')).toEqual([['1']])
  })

  it('are not run when the settings fail', async () => {
    const { pool, url } = await databaseForTest()
    const name = `plain_${randomUUID().replaceAll('-', '')}`
    await pool.query(`create role ${name} login password 'a long password'`)
    await pool.query('create table notes (text text)')
    await pool.query(`grant insert on notes to ${name}`)
    const plainUrl = new URL(url)
    plainUrl.username = name
    plainUrl.password = 'a long password'
    const plain = connect(plainUrl.href, silentLog)
    onTestFinished(plain.close)
    const insert = runTextAs(plain.db, ada, `insert into notes values ('mine')`)
    await expect(insert).rejects.toThrow('permission denied to set role')
    expect((await pool.query('select text from notes')).rows).toEqual([])
  })

  it('leave no setting on the connection, with or without an error', async () => {
    const { db } = await databaseForTest()
    const client = await ownersClient(db)
    for (const text of ['select 1', 'select 1 / 0']) {
      await runTextAs(db, ada, text).catch(() => {})
      const { rows } = await client.query(
        `select current_user = session_user as "isReset", current_setting('taskward.owner', true) as owner`,
      )
      expect(rows).toEqual([{ isReset: true, owner: '' }])
    }
  })
})

describe('a prepared statement of a connection', () => {
  it('is parsed once', async () => {
    const { db, wire } = await openRecorded()
    await runTextAs(db, ada, 'select 1')
    wire.take()
    await runTextAs(db, ada, 'select 1')
    expect(wire.take().sent).toBe('BEBES')
    await runTextAs(db, ada, 'select 2')
    expect(wire.take().sent).toBe('BEPBES')
  })

  it('is parsed again after a Parse that failed', async () => {
    const { db } = await databaseForTest()
    const read = () => runTextAs(db, ada, 'select text from notes')
    await expect(read()).rejects.toThrow('relation "notes" does not exist')
    await createNotes(db)
    expect(await read()).toEqual([])
  })

  it('is parsed again when Postgres no longer knows it', async () => {
    const { db } = await databaseForTest()
    const read = () => runTextAs(db, ada, 'select 1')
    await read()
    const client = await ownersClient(db)
    await client.query('deallocate all')
    await expect(read()).rejects.toMatchObject({ code: '26000' })
    expect(await read()).toEqual([['1']])
  })

  it('is parsed again when its columns have changed', async () => {
    const { db } = await databaseForTest()
    await createNotes(db)
    const read = () => runTextAs(db, ada, 'select * from notes')
    await read()
    const client = await ownersClient(db)
    await client.query('alter table notes add column author text')
    await expect(read()).rejects.toThrow('cached plan must not change result type')
    expect(await read()).toEqual([])
  })

  it('is closed when a hundred others were used later', async () => {
    const { db } = await databaseForTest()
    for (let n = 0; n < 150; n++) {
      const broken = n % 3 === 0
      await runTextAs(db, ada, `select ${n}${broken ? ' / 0' : ''}`).catch(() => {})
    }
    const count = 'select count(*) from pg_prepared_statements where not from_sql'
    expect(await runTextAs(db, ada, count)).toEqual([['100']])
    expect(await runTextAs(db, ada, 'select 1')).toEqual([['1']])
  })

  it('has no name behind a transaction pooler', async () => {
    const { db, wire } = await openRecorded(true)
    await runTextAs(db, ada, 'select 1')
    wire.take()
    expect(await runAs(db, ada, [bound('select 1'), bound('select 2')])).toEqual([[['1']], [['2']]])
    expect(wire.take().sent).toBe('PBEPBEPBES')
  })
})

describe('a connection', () => {
  it('is not reused while a batch that timed out runs on it', async () => {
    const { url } = await databaseForTest()
    const availability = createAvailability(silentLog)
    const pool = new OwnerPool({ connectionString: url, max: 1, query_timeout: 100 }, availability)
    onTestFinished(() => pool.end())
    const pid = bound('select pg_backend_pid()')
    const before = await pool.runAs(ada, [pid])
    const slow = pool.runAs(ada, [bound('select pg_sleep(3)')])
    await expect(slow).rejects.toThrow(DatabaseUnavailable)
    expect(await pool.runAs(ada, [pid])).not.toEqual(before)
  })
})

const insertTask = `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
  values (current_setting('taskward.owner'), gen_random_uuid(), 'Write', 'write', 'LOW', '{}', '{}')`

async function createNotes(db: Db): Promise<void> {
  const client = await ownersClient(db)
  await client.query('create table notes (text text); grant select on notes to taskward_app')
}

/** The only connection of the pool for rows, which is used by the next batch again. */
async function ownersClient(db: Db) {
  const pool = db.$client
  if (!pool || !('totalCount' in pool)) throw new Error('The database has no pool.')
  const client = await pool.connect()
  client.release()
  return client
}

/** A database whose messages are recorded. */
async function openRecorded(isPooled = false) {
  const { url } = await databaseForTest()
  const wire = await startWire(url)
  const { db, close } = connect(wire.url, silentLog, isPooled)
  onTestFinished(async () => {
    await close()
    wire.close()
  })
  return { db, wire }
}
