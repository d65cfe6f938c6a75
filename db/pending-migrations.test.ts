import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectionOptions } from './client.ts'
import { applyMigrations, listPending, type Migration } from './pending-migrations.ts'
import { databaseForTest } from './testing/database.ts'

describe('a migration', () => {
  it('lets readers pass while a transaction holds its lock, and is applied afterwards', async () => {
    const { pool, url } = await databaseForTest()
    const writer = await pool.connect()
    await writer.query('begin; lock table task_counts in row exclusive mode')
    const migrating = applyMigrations(await connect(url), [
      migrationOf('alter table task_counts add column note text'),
    ])
    const waiting = `select from pg_locks where relation = 'task_counts'::regclass and not granted`
    const isWaiting = async () => (await pool.query(waiting)).rows.length > 0
    await expect.poll(isWaiting, { interval: 20 }).toBe(true)
    // Behind the migration, and before the writer ends.
    expect((await pool.query('select user_id from task_counts')).rows).toEqual([])
    await writer.query('rollback')
    writer.release()
    await migrating
    expect((await pool.query('select note from task_counts')).rows).toEqual([])
  })

  it('is applied whole or not at all, and the ones before it stay', async () => {
    const { pool, url } = await databaseForTest()
    const failing = migrationOf('create table second ()', 'select 1 / 0')
    const client = await connect(url)
    const applied = applyMigrations(client, [migrationOf('create table first ()'), failing])
    await expect(applied).rejects.toThrow('division by zero')
    const { rows } = await pool.query(
      `select to_regclass('first') is not null as first, to_regclass('second') is not null as second`,
    )
    expect(rows).toEqual([{ first: true, second: false }])
    expect(await listPending(client)).toEqual([])
  })

  it('creates an index concurrently, outside of a transaction', async () => {
    const { pool, url } = await databaseForTest()
    const create = 'create index concurrently task_counts_by_key on task_counts (search_key)'
    await applyMigrations(await connect(url), [migrationOf(create)])
    const { rows } = await pool.query(
      `select indisvalid from pg_index where indexrelid = 'task_counts_by_key'::regclass`,
    )
    expect(rows).toEqual([{ indisvalid: true }])
  })
})

let createdAt = Date.now()

function migrationOf(...statements: string[]): Migration {
  createdAt += 1
  return { name: 'of_a_test', statements, hash: 'of a test', createdAt }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(connectionOptions(url))
  await client.connect()
  onTestFinished(() => client.end())
  return client
}
