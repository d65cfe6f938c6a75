import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectionOptions } from './client.ts'
import { forceRowSecurity, readingAllRows } from './row-security.ts'
import { databaseForTest } from './testing/database.ts'
import { writeRows } from './testing/write-rows.ts'

const forcedTables = [
  'tasks',
  'labels',
  'task_creations',
  'task_counts',
  'task_changes',
  'task_histories',
  'actor_brakes',
]

/** Two connections of a user who owns the tables and is no superuser. */
async function connectOwner() {
  const { url, pool } = await databaseForTest()
  const name = `owner_${randomUUID().slice(0, 8)}`
  await pool.query(`create role ${name} login password 'hush'`)
  await pool.query(`alter schema public owner to ${name}`)
  for (const table of [...forcedTables, 'task_grams'])
    await pool.query(`alter table ${table} owner to ${name}`)
  await writeRows(
    pool,
    'ada',
    `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
     values ($1, $2, '', '', 'LOW', '{}', '{}')`,
    ['ada', randomUUID()],
  )
  const own = new URL(url)
  own.username = name
  own.password = 'hush'
  const open = async () => {
    const client = new pg.Client(connectionOptions(own.href))
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }
  return { client: await open(), other: await open() }
}

async function countTasks(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select count(*)::int as count from tasks')
  return rows[0].count
}

const allow = 'alter table tasks no force row level security'

describe('the owner of the tables', () => {
  it('reads all rows during a backup, and none before and after', async () => {
    const { client } = await connectOwner()
    const counts = [await countTasks(client)]
    await readingAllRows(client, async () => {
      counts.push(await countTasks(client))
    })
    counts.push(await countTasks(client))
    expect(counts).toEqual([0, 1, 0])
  })

  it('reads none after a backup that failed', async () => {
    const { client } = await connectOwner()
    const failing = readingAllRows(client, async () => {
      throw new Error('The disk is full.')
    })
    await expect(failing).rejects.toThrow('The disk is full.')
    expect(await countTasks(client)).toBe(0)
  })

  it('reads none after a start that follows an interrupted backup', async () => {
    const { client, other } = await connectOwner()
    await client.query(allow)
    await forceRowSecurity(other)
    expect(await countTasks(client)).toBe(0)
  })

  it('reads none after a backup that follows an interrupted one', async () => {
    const { client, other } = await connectOwner()
    await client.query(allow)
    await readingAllRows(other, async () => {})
    expect(await countTasks(client)).toBe(0)
  })

  it.each(forcedTables)('is under the policies of %s again after such a start', async (table) => {
    const { client, other } = await connectOwner()
    await client.query(`alter table ${table} no force row level security`)
    await forceRowSecurity(other)
    const { rows } = await client.query(
      'select relforcerowsecurity as "isForced" from pg_class where oid = $1::regclass',
      [table],
    )
    expect(rows).toEqual([{ isForced: true }])
  })

  it('reads all rows also while an instance starts during the backup', async () => {
    const { client, other } = await connectOwner()
    await readingAllRows(client, async () => {
      await forceRowSecurity(other)
      expect(await countTasks(client)).toBe(1)
    })
  })

  it('cannot run two backups at a time', async () => {
    const { client, other } = await connectOwner()
    await readingAllRows(client, async () => {
      await expect(readingAllRows(other, async () => {})).rejects.toThrow('Another backup')
    })
  })
})
