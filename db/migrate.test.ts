import { describe, expect, it, onTestFinished } from 'vitest'
import { connect, type Database } from './client.ts'
import { listPendingNames, migrate, requireMigrated } from './migrate.ts'
import { listMigrations } from './pending-migrations.ts'
import { silentLog } from './testing/cluster.ts'
import { databaseForTest, testDatabase } from './testing/database.ts'

describe('a start without migrating', () => {
  it('names the missing migrations', async () => {
    const database = open(await emptyDatabase())
    const names = listMigrations().map(({ name }) => name)
    expect(await listPendingNames(database.pool)).toEqual(names)
    await expect(requireMigrated(database, async () => ['table user'])).rejects.toThrow(
      `lacks ${names.length + 1} migrations, and MIGRATE_AT_START is false: ${names.join(', ')}, table user. ` +
        'Run npm run db:migrate.',
    )
  })

  it('needs a database that is current', async () => {
    await expect(requireMigrated(await databaseForTest(), async () => [])).resolves.toBeUndefined()
  })
})

describe('migrate', () => {
  it('lets two processes start concurrently on an empty database', async () => {
    const url = await emptyDatabase()
    const [first, second] = [open(url), open(url)]
    await Promise.all([migrate(first), migrate(second)])
    expect(await taskCount(first)).toBe(0)
  })

  it('runs migrateOthers after our own migrations, one process at a time', async () => {
    const url = await emptyDatabase()
    let running = 0
    const others = (database: Database) => async () => {
      running += 1
      await database.pool.query('select count(*), pg_sleep(0.1) from tasks')
      expect(running).toBe(1)
      running -= 1
    }
    const databases = [open(url), open(url)]
    await Promise.all(databases.map((database) => migrate(database, others(database))))
  })

  it('releases the lock when a migration fails', async () => {
    const database = open(await emptyDatabase())
    const failing = migrate(database, () => Promise.reject(new Error('no such luck')))
    await expect(failing).rejects.toThrow('no such luck')
    await migrate(database)
    expect(await taskCount(database)).toBe(0)
  })

  it('says why when the database user may not create tables', async () => {
    const url = new URL(await emptyDatabase())
    const owner = open(url.href)
    await owner.pool.query(`create role guest login password 'guest'`)
    onTestFinished(async () => {
      await owner.pool.query('drop role guest')
    })
    Object.assign(url, { username: 'guest', password: 'guest' })
    await expect(migrate(open(url.href))).rejects.toThrow(
      /^The migrations failed: permission denied for database \w+\. The user in DATABASE_URL must own/,
    )
  })

  it('changes nothing in a database that is current', async () => {
    const database = await databaseForTest()
    await database.pool.query(
      `insert into labels (user_id, key, name) values ('ada', 'home', 'Home')`,
    )
    await migrate(database)
    expect((await database.pool.query('select name from labels')).rows).toEqual([{ name: 'Home' }])
  })
})

/** The URL of a database without tables, on the cluster of the run. */
async function emptyDatabase(): Promise<string> {
  const { pool, url, close } = await testDatabase()
  await pool.query('drop schema public, drizzle cascade; create schema public')
  await close()
  return url
}

function open(url: string): Database {
  const database = connect(url, silentLog)
  onTestFinished(database.close)
  return database
}

async function taskCount({ pool }: Database): Promise<number> {
  return (await pool.query('select count(*)::int as count from tasks')).rows[0].count
}
