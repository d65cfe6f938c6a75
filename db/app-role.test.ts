import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { requireAppRole } from './app-role.ts'
import { connect, type Database } from './client.ts'
import { type EmbeddedPostgres, startEmbedded } from './embedded/embedded.ts'
import { migrate } from './migrate.ts'
import { silentLog } from './testing/cluster.ts'

/* A cluster of its own, because the role belongs to the cluster. */

let embedded: EmbeddedPostgres
let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskward-role-'))
  embedded = await startEmbedded({ dataDir, log: silentLog, settings: { fsync: 'off' } })
})
/** Of the test that runs. */
const databases: string[] = []
afterEach(async () => {
  const cluster = connect(embedded.url, silentLog)
  for (const name of databases.splice(0))
    await cluster.pool.query(`drop database ${name} with (force)`)
  await cluster.pool.query('drop role if exists taskward_app')
  await cluster.close()
})
afterAll(async () => {
  await embedded.stop()
  await rm(dataDir, { recursive: true })
})

describe('the role that reads and writes tasks', () => {
  it('is created by a user with CREATEROLE, and found ready', async () => {
    const { user } = await createOwner('createrole')
    await migrate(user)
    await requireAppRole(user.db, user.pool)
  })

  it('needs two lines of an administrator when the user has no CREATEROLE', async () => {
    const { user, name, admin } = await createOwner()
    await expect(migrate(user)).rejects.toThrow(
      /does not exist.*CREATE ROLE taskward_app NOLOGIN NOSUPERUSER NOBYPASSRLS; GRANT taskward_app TO \w+;$/,
    )
    await admin.pool.query(`create role taskward_app nologin; grant taskward_app to ${name}`)
    await migrate(user)
    await requireAppRole(user.db, user.pool)
  })

  it('is not ready for a second Taskward in the cluster until the printed line is run', async () => {
    await migrate((await createOwner('createrole')).user)
    const second = await createOwner('createrole')
    const refused = await migrate(second.user).catch(({ message }) => message)
    expect(refused).toContain(`GRANT taskward_app TO ${second.name};`)
    await second.admin.pool.query(lineOf(refused))
    await migrate(second.user)
    await requireAppRole(second.user.db, second.user.pool)
  })

  it('is not ready for a changed user, and the line grants it', async () => {
    const { user, admin } = await createOwner('createrole')
    await migrate(user)
    await admin.pool.query(`revoke taskward_app from ${nameOf(user)} cascade`)
    const refused = await requireAppRole(user.db, user.pool).catch(({ message }) => message)
    expect(refused).toMatch(/is not a member of the role taskward_app.*GRANT taskward_app TO \w+;$/)
    await admin.pool.query(lineOf(refused))
    await requireAppRole(user.db, user.pool)
  })

  it.each(['superuser', 'bypassrls'])('is not ready with %s', async (attribute) => {
    const { user, admin } = await createOwner('createrole')
    await migrate(user)
    await admin.pool.query(`alter role taskward_app ${attribute}`)
    const refused = await requireAppRole(user.db, user.pool).catch(({ message }) => message)
    expect(refused).toContain('ALTER ROLE taskward_app NOSUPERUSER NOBYPASSRLS;')
    await admin.pool.query(lineOf(refused))
    await requireAppRole(user.db, user.pool)
  })

  it('is not ready after a restore without rights, and the lines grant them', async () => {
    const { user } = await createOwner('createrole')
    await migrate(user)
    await user.pool.query('revoke insert on tasks from taskward_app')
    await user.pool.query('revoke select on followed_owners from taskward_app')
    const refused = await requireAppRole(user.db, user.pool).catch(({ message }) => message)
    expect(refused).toMatch(/GRANT SELECT, .* ON tasks TO .*GRANT SELECT ON followed_owners TO/)
    await user.pool.query(lineOf(refused))
    await requireAppRole(user.db, user.pool)
  })

  it('may use a schema that was created anew', async () => {
    const { user } = await createOwner('createrole')
    await user.pool.query('drop schema public; create schema public')
    await migrate(user)
    await requireAppRole(user.db, user.pool)
    await user.pool.query('revoke usage on schema public from taskward_app')
    const refused = await requireAppRole(user.db, user.pool).catch(({ message }) => message)
    await user.pool.query(lineOf(refused))
    await requireAppRole(user.db, user.pool)
  })

  it('is not ready without tables', async () => {
    const { user, admin, name } = await createOwner('createrole')
    await admin.pool.query(`create role taskward_app; grant taskward_app to ${name}`)
    await expect(requireAppRole(user.db, user.pool)).rejects.toThrow('Run npm run db:migrate')
  })
})

/** The SQL at the end of a message. */
function lineOf(message: string): string {
  return message.slice(message.search(/(GRANT|ALTER|CREATE) [^;]*;/))
}

function nameOf({ url }: Database): string {
  return new URL(url).username
}

/** A role with a database of its own, and the superuser there. */
async function createOwner(attribute = '') {
  const name = `owner_${crypto.randomUUID().replaceAll('-', '')}`
  const cluster = connect(embedded.url, silentLog)
  await cluster.pool.query(`create role ${name} login password 'plain' ${attribute}`)
  await cluster.pool.query(`create database ${name} owner ${name}`)
  const url = Object.assign(new URL(embedded.url), { pathname: name })
  const admin = connect(url.href, silentLog)
  const user = connect(Object.assign(url, { username: name, password: 'plain' }).href, silentLog)
  databases.push(name)
  onTestFinished(async () => {
    await Promise.all([user.close(), admin.close()])
    await cluster.close()
  })
  return { user, admin, name }
}
