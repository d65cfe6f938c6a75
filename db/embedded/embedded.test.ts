import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { connect, type Database, openDatabase } from '../client.ts'
import { silentLog } from '../testing/cluster.ts'
import { clusterAt, isAlive, readPostmaster } from './cluster.ts'
import { findEmbedded } from './embedded.ts'
import { stopServer } from './server.ts'

describe('an embedded PostgreSQL', () => {
  it('keeps its rows between starts, and leaves no process behind', async () => {
    const dataDir = await emptyDirectory()
    const first = await open(dataDir)
    await first.pool.query('create table notes as select 7 as n')
    const pid = await serverPid(dataDir)
    await first.close()
    // It has ended, but this process, its parent, may not have reaped it yet.
    await eventually(async () => expect(isAlive(pid)).toBe(false))

    const second = await open(dataDir)
    expect(await notes(second)).toEqual([7])
  })

  it('lower-cases letters beyond ASCII, and requires a password', async () => {
    const { pool } = await open(await emptyDirectory())
    const { rows } = await pool.query(
      `select lower('ÄÉŁ') as folded, (select count(*)::int from pg_hba_file_rules where auth_method = 'trust') as trusted`,
    )
    expect(rows).toEqual([{ folded: 'äéł', trusted: 0 }])
  })

  it('is restarted for the same pool when the server is killed', async () => {
    const dataDir = await emptyDirectory()
    const database = await open(dataDir)
    await database.pool.query('create table notes as select 7 as n')
    const pid = await serverPid(dataDir)
    process.kill(pid, 'SIGKILL')

    await eventually(async () => expect(await serverPid(dataDir)).not.toBe(pid))
    expect(await eventually(() => notes(database))).toEqual([7])
  })

  it('survives a connection lost in the middle of a transaction', async () => {
    const { pool } = await open(await emptyDirectory())
    const client = await pool.connect()
    await client.query('begin')
    const { rows } = await client.query('select pg_backend_pid() as pid')
    await pool.query('select pg_terminate_backend($1)', [rows[0].pid])
    await expect(client.query('select 1')).rejects.toThrow()
    client.release(true)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('is taken over with every committed row when its Taskward was killed', async () => {
    const dataDir = await emptyDirectory()
    const writer = await startWriting(dataDir)
    const pid = await serverPid(dataDir)
    writer.process.kill('SIGKILL')
    await writer.ended

    const second = await open(dataDir)
    expect(await serverPid(dataDir)).toBe(pid)
    expect(await notes(second)).toEqual(expect.arrayContaining(writer.committed))
  })

  it('has every committed row when both were killed', async () => {
    const dataDir = await emptyDirectory()
    const writer = await startWriting(dataDir)
    writer.process.kill('SIGKILL')
    process.kill(await serverPid(dataDir), 'SIGKILL')
    await writer.ended

    const database = await open(dataDir)
    expect(await notes(database)).toEqual(expect.arrayContaining(writer.committed))
  })

  it('can be found by a second program while it runs', async () => {
    const dataDir = await emptyDirectory()
    expect(await findEmbedded(dataDir)).toBeUndefined()
    const first = await open(dataDir)
    await first.pool.query('create table notes as select 7 as n')
    const beside = connect((await findEmbedded(dataDir)) ?? '', silentLog)
    expect(await notes(beside)).toEqual([7])
    await beside.close()
    await first.close()
    expect(await findEmbedded(dataDir)).toBeUndefined()
  })

  it('refuses a second Taskward, and names the process to stop', async () => {
    const dataDir = await emptyDirectory()
    const first = await open(dataDir)
    await expect(openDatabase({ dataDir, log: silentLog })).rejects.toThrow(
      `The database in ${dataDir} is in use by another Taskward (process ${process.pid}). ` +
        'Stop that process first, or set DATABASE_URL to another database.',
    )
    expect((await first.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('belongs to exactly one of two that start concurrently on an empty directory', async () => {
    const dataDir = await emptyDirectory()
    const writers = [startWriter(dataDir), startWriter(dataDir)]
    const errorText = await Promise.race(writers.map((writer) => writer.ended))
    expect(errorText).toContain('is in use by another Taskward')

    const winner = writers.find((writer) => writer.process.exitCode === null)
    await eventually(async () => expect(winner?.committed).toContain(1))
    expect(await readdir(dataDir)).toEqual(['postgres'])
  })

  it.each([
    { whose: 'a process that has ended', pid: 2 ** 22 - 1 },
    { whose: 'another living process', pid: process.pid },
  ])('starts although postmaster.pid contains the id of $whose', async ({ pid }) => {
    const dataDir = await emptyDirectory()
    await (await open(dataDir)).close()
    const files = clusterAt(join(dataDir, 'postgres')).files
    await writeFile(join(files, 'postmaster.pid'), `${pid}\n${files}\n0\n1\n\n127.0.0.1\n\nready\n`)

    const database = await open(dataDir)
    expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('names both versions when its files are of another major version', async () => {
    const dataDir = await emptyDirectory()
    await (await open(dataDir)).close()
    const path = join(clusterAt(join(dataDir, 'postgres')).files, 'PG_VERSION')
    const included = (await readFile(path, 'utf8')).trim()
    await writeFile(path, '17\n')
    await expect(open(dataDir)).rejects.toThrow(
      `is of PostgreSQL 17, and this Taskward includes PostgreSQL ${included}. To carry the data over, run: npm run db:upgrade.`,
    )
  })

  it('completes an upgrade that was killed when the old files were moved already', async () => {
    const dataDir = await emptyDirectory()
    const first = await open(dataDir)
    await first.pool.query('create table notes as select 7 as n')
    await first.close()
    await mkdir(join(dataDir, 'upgrade'))
    await rename(join(dataDir, 'postgres'), join(dataDir, 'upgrade/postgres'))
    expect(await notes(await open(dataDir))).toEqual([7])
  })

  it('removes the files of a first start that was killed', async () => {
    const dataDir = await emptyDirectory()
    await mkdir(join(dataDir, `postgres.new-${2 ** 22 - 1}`, 'cluster'), { recursive: true })
    await open(dataDir)
    expect(await readdir(dataDir)).toEqual(['postgres'])
  })
})

async function emptyDirectory(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-embedded-'))
  onTestFinished(async () => {
    await stopServer(clusterAt(join(dataDir, 'postgres')))
    await rm(dataDir, { recursive: true })
  })
  return dataDir
}

async function open(dataDir: string): Promise<Database> {
  const database = await openDatabase({ dataDir, log: silentLog })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= database.close()
    return closed
  }
  onTestFinished(close)
  return { ...database, close }
}

async function notes({ pool }: Database): Promise<number[]> {
  const { rows } = await pool.query('select n from notes order by n')
  return rows.map(({ n }) => n)
}

async function serverPid(dataDir: string): Promise<number> {
  const postmaster = await readPostmaster(clusterAt(join(dataDir, 'postgres')))
  return postmaster?.pid ?? 0
}

function eventually<T>(read: () => Promise<T>): Promise<T> {
  return vi.waitFor(read, { timeout: 8_000, interval: 50 })
}

/** See ../testing/writer.ts. `ended` resolves to its error output. */
function startWriter(dataDir: string) {
  const program = join(import.meta.dirname, '../testing/writer.ts')
  const writer = spawn(process.execPath, ['--import', 'tsx', program, dataDir])
  onTestFinished(() => void writer.kill('SIGKILL'))
  const committed: number[] = []
  createInterface(writer.stdout).on('line', (line) => committed.push(Number(line)))
  const ended = Promise.all([text(writer.stderr), once(writer, 'close')]).then(([error]) => error)
  return { process: writer, committed, ended }
}

async function startWriting(dataDir: string) {
  const writer = startWriter(dataDir)
  await eventually(async () => expect(writer.committed.length).toBeGreaterThan(20))
  return writer
}
