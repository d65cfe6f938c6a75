import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connect } from '#db/client.ts'
import { silentLog } from '#db/testing/cluster.ts'
import { findInstalledPostgres, startInstalledPostgres } from '#db/testing/installed-postgres.ts'
import { cookieOf, jsonHeaders, startBeside } from '../testing/app.ts'

/* Two clusters of Debian's PostgreSQL: one is backed up, and the other is empty. */

type Cluster = Awaited<ReturnType<typeof startInstalledPostgres>>

const root = join(import.meta.dirname, '../..')
const programs = findInstalledPostgres() ?? ''
const secret = randomUUID()
let folder: string
let first: Cluster
let second: Cluster

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskward-backup-'))
  first = await startInstalledPostgres(programs)
  second = await startInstalledPostgres(programs)
})

afterAll(async () => {
  await Promise.all([first.stop(), second.stop()])
  await rm(folder, { recursive: true })
})

/** A database of a new user who is no superuser and has no BYPASSRLS, as on Neon, RDS or Supabase. */
async function createOwner({ adminUrl }: Cluster, rights = 'createrole') {
  const name = `owner_${randomUUID().slice(0, 8)}`
  const admin = connect(adminUrl, silentLog)
  await admin.pool.query(`create role ${name} login ${rights} password 'hush'`)
  await admin.pool.query(`create database ${name} owner ${name} template template0`)
  await admin.close()
  const url = new URL(adminUrl)
  url.username = name
  url.password = 'hush'
  url.pathname = name
  const database = connect(url.href, silentLog)
  onTestFinished(database.close)
  return { name, url: url.href, pool: database.pool }
}

type Owner = Awaited<ReturnType<typeof createOwner>>

/** The origin is the same before and after: it is in the tokens. */
async function start({ url, pool }: Owner) {
  const origin = 'http://localhost:4000'
  const app = await startBeside({ databaseUrl: url, pool, secret, url: origin } as Parameters<
    typeof startBeside
  >[0])
  onTestFinished(app.close)
  return app
}

async function runScript(script: string, databaseUrl: string, file: string) {
  const PATH = `${programs}:${process.env.PATH}`
  const env = { PATH, DATABASE_URL: databaseUrl }
  const args = ['--import', 'tsx', `server/scripts/${script}.ts`, file]
  return promisify(execFile)(process.execPath, args, { cwd: root, env }).catch((error) => error)
}

async function listUnforced({ pool }: Owner): Promise<string[]> {
  const { rows } = await pool.query(
    `select relname from pg_class where relrowsecurity and not relforcerowsecurity order by 1`,
  )
  return rows.map(({ relname }) => relname)
}

/** Several processes and servers start. */
const timeout = 120_000

describe('npm run db:backup', { timeout }, () => {
  it('is restored into an empty cluster for another user, who signs in and sees the tasks', async () => {
    const owner = await createOwner(first)
    const before = await start(owner)
    const ada = await before.signUp('Ada')
    await ada.createTask({ title: 'Water the plants', labels: ['home'] })
    const file = join(folder, 'taskward.dump')
    const backup = await runScript('backup', owner.url, file)
    expect(backup.stdout).toContain(`The database is in ${file}.`)
    expect(await listUnforced(owner)).toEqual(['task_grams'])

    const heir = await createOwner(second)
    const restored = await runScript('restore', heir.url, file)
    expect(restored.stdout).toContain('The database is restored.')
    expect(await listUnforced(heir)).toEqual(['task_grams'])

    const after = await start(heir)
    expect((await after.request('/health/ready')).status).toBe(200)
    const signedIn = await after.request('/api/auth/sign-in/email', {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify({ email: ada.email, password: ada.password }),
    })
    const asked = await after.request('/api/auth/token', {
      headers: { cookie: cookieOf(signedIn) },
    })
    const { token } = (await asked.json()) as { token: string }
    const document = '{ tasks { totalCount nodes { title labels } } }'
    expect((await after.query(document, {}, token)).body.data).toEqual({
      tasks: { totalCount: 1, nodes: [{ title: 'Water the plants', labels: ['home'] }] },
    })
    const bob = await after.signUp('Bob')
    expect((await bob.query('{ tasks { totalCount } }')).body.data).toEqual({
      tasks: { totalCount: 0 },
    })
  })

  it('keeps row-level security when pg_dump fails', async () => {
    const owner = await createOwner(first)
    await start(owner)
    const failed = await runScript('backup', owner.url, join(folder, 'missing', 'taskward.dump'))
    expect(failed.stderr).toMatch(/^There is no backup\. pg_dump failed: .*No such file/s)
    expect(await listUnforced(owner)).toEqual(['task_grams'])
  })
})

describe('npm run db:restore', { timeout }, () => {
  it('refuses a database that has tables', async () => {
    const owner = await createOwner(first)
    await owner.pool.query('create table notes (id int)')
    const refused = await runScript('restore', owner.url, join(folder, 'taskward.dump'))
    expect(refused.stderr).toContain(
      'The database has tables already: notes. Restore into an empty one',
    )
  })

  it('says what an administrator must run when the user may not create the role', async () => {
    const { stop, ...third } = await startInstalledPostgres(programs)
    onTestFinished(stop)
    const owner = await createOwner({ ...third, stop }, 'nocreaterole')
    const refused = await runScript('restore', owner.url, join(folder, 'taskward.dump'))
    expect(refused.stderr).toContain(
      `CREATE ROLE taskward_app NOLOGIN NOSUPERUSER NOBYPASSRLS; GRANT taskward_app TO ${owner.name};`,
    )
  })
})
