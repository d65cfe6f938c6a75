import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { transactionAs } from './as-owner.ts'
import { connectionOptions, type Database, openDatabase } from './client.ts'
import { findFreePort } from './embedded/free-port.ts'
import { findTask } from './tasks.ts'
import { databaseUrl, silentLog } from './testing/cluster.ts'
import { databaseForTest } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'

/** Slow enough that each waits while the others run. */
const ownPid = 'select pg_backend_pid() as pid, pg_sleep(0.05)'

describe('openDatabase with DATABASE_URL', () => {
  it('limits the time of every statement', async () => {
    const { url } = await databaseForTest()
    const { pool } = await open(url)
    expect((await pool.query('show statement_timeout')).rows).toEqual([
      { statement_timeout: '10s' },
    ])
  })

  it.each([8, 21])('uses at most %i connections with this DATABASE_POOL_MAX', async (poolMax) => {
    const { url } = await databaseForTest()
    const database = await open(url, undefined, poolMax)
    const owners = Array.from({ length: 30 }, () => randomUUID())
    const used = await Promise.all([
      ...owners.map(async () => (await database.pool.query(ownPid)).rows[0].pid),
      ...owners.map(async (owner) => Number((await runTextAs(database.db, owner, ownPid))[0]?.[0])),
    ])
    expect(new Set(used).size).toBe(poolMax)
  })

  it('gives statements no name behind a pooler', async () => {
    const countNamed = async (databaseDirectUrl?: string) => {
      const { url } = await databaseForTest()
      const database = await open(url, databaseDirectUrl)
      await findTask(database.db, 'ada', randomUUID())
      await transactionAs(database.db, 'ada', async (tx) => {
        await findTask(tx, 'ada', randomUUID())
      })
      const count = 'select count(*) from pg_prepared_statements where not from_sql'
      return runTextAs(database.db, 'ada', count)
    }
    expect(await countNamed()).toEqual([['3']]) // the settings, findTask and the count itself
    expect(await countNamed('postgres://127.0.0.1/past-it')).toEqual([['0']])
  })

  it('replaces connections that the server has ended', async () => {
    const { url } = await databaseForTest()
    const { pool } = await open(url)
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    const other = await open(url)
    await other.pool.query('select pg_terminate_backend($1, 1000)', [rows[0].pid])
    await expect.poll(() => pool.totalCount).toBe(0) // the end of the connection has arrived
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('closes although a connection was never released', async () => {
    const { url } = await databaseForTest()
    const database = await openDatabase({ databaseUrl: url, dataDir: tmpdir(), log: silentLog })
    const client = await database.pool.connect()
    onTestFinished(() => client.release())
    await expect(database.close()).resolves.toBeUndefined()
  })

  it('refuses a database that is not UTF8, and says how to create one', async () => {
    const { pool, url } = await databaseForTest()
    const name = `${new URL(url).pathname.slice(1)}_latin1`
    await pool.query(
      `create database ${name} encoding 'LATIN1' locale_provider libc locale 'C' template template0`,
    )
    await expect(open(databaseUrl(url, name))).rejects.toThrow(
      /has the encoding LATIN1; Taskward needs UTF8/,
    )
  })

  it('refuses a wrong password immediately, without repeating it', async () => {
    const url = new URL((await databaseForTest()).url)
    url.password = 'not-the-password'
    const refusal = await open(url.href).catch((error: Error) => error)
    expect(refusal).toMatchObject({
      message: expect.stringMatching(
        /^The database at 127\.0\.0\.1:\d+\/test_\w+ cannot be used: password authentication failed/,
      ),
    })
    expect(String(refusal)).not.toContain(url.password)
  })

  it('waits for an unavailable database, and then names its host', async () => {
    const port = await findFreePort()
    const logged: string[] = []
    const log = { ...silentLog, warn: (_: object, message: string) => void logged.push(message) }
    const databaseUrl = `postgres://ada:secret@127.0.0.1:${port}/tasks`

    await expect(openDatabase({ databaseUrl, dataDir: tmpdir(), log })).rejects.toThrow(
      `The database at 127.0.0.1:${port}/tasks cannot be used: connect ECONNREFUSED 127.0.0.1:${port}. ` +
        'Start it, or correct DATABASE_URL.',
    )
    expect(logged).toEqual([`Waiting for the database at 127.0.0.1:${port}/tasks`])
  })
})

describe('connectionOptions', () => {
  it.each([
    ['sslmode=require', 'sslmode=verify-full'],
    ['channel_binding=require&sslmode=require', 'channel_binding=require&sslmode=verify-full'],
    ['sslmode=no-verify', 'sslmode=no-verify'],
    ['sslmode=disable', 'sslmode=disable'],
    ['uselibpqcompat=true&sslmode=require', 'uselibpqcompat=true&sslmode=require'],
  ])('reads %s as %s', (asked, understood) => {
    const { connectionString } = connectionOptions(`postgres://ada@db.example/tasks?${asked}`)
    expect(connectionString).toBe(`postgres://ada@db.example/tasks?${understood}`)
  })
})

async function open(
  databaseUrl: string,
  databaseDirectUrl?: string,
  poolMax?: number,
): Promise<Database> {
  const dataDir = tmpdir()
  const database = await openDatabase({
    databaseUrl,
    databaseDirectUrl,
    poolMax,
    dataDir,
    log: silentLog,
  })
  onTestFinished(database.close)
  return database
}
