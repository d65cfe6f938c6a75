import { sql } from 'drizzle-orm'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asOwner, transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { deleteOldCreations } from './old-creations.ts'
import { labels, taskCreations, tasks } from './tables.ts'
import { createTask } from './tasks.ts'
import { testDatabase } from './testing/database.ts'
import { newOwner, newTask } from './testing/tasks.ts'

const { db, pool, close } = await testDatabase()
afterAll(close)

const ada = newOwner('ada')
const bob = newOwner("bob'; reset role; --") // an id is text, whatever it holds

beforeAll(async () => {
  for (const owner of [ada, bob]) {
    await createTask(db, owner, newTask({ title: `Of ${owner}`, labels: ['Work'] }), 'key')
  }
})

/** What a statement that forgot its WHERE would read and change. */
const forgetful: [string, (db: Db) => Promise<{ userId: string }[]>][] = [
  ['tasks', (db) => db.select({ userId: tasks.userId }).from(tasks).execute()],
  ['labels', (db) => db.select({ userId: labels.userId }).from(labels).execute()],
  ['creations', (db) => db.select({ userId: taskCreations.userId }).from(taskCreations).execute()],
  [
    'changes',
    (db) => db.update(tasks).set({ title: 'Mine' }).returning({ userId: tasks.userId }).execute(),
  ],
]

describe.each(forgetful)('without a WHERE, a statement on %s', (_name, run) => {
  it.each([ada, bob])('meets the rows of its owner only', async (owner) => {
    expect(await asOwner(owner, () => run(db))).toEqual([{ userId: owner }])
    expect(await transactionAs(db, owner, run)).toEqual([{ userId: owner }])
  })

  it('is refused without an owner', async () => {
    await expect(run(db)).rejects.toThrow(/Failed query/)
  })

  it('meets no row when its transaction names no owner', async () => {
    const found = db.transaction(async (tx) => {
      await tx.execute(sql`set local role taskward_app`)
      return run(tx)
    })
    expect(await found).toEqual([])
  })
})

describe('the wall', () => {
  it('lets nobody write a row for another owner', async () => {
    const theft = () => db.update(tasks).set({ userId: ada }).execute()
    await expect(asOwner(bob, theft)).rejects.toThrow()
    const { rows } = await pool.query('select user_id from tasks group by user_id')
    expect(rows).toHaveLength(2)
  })

  it('is forced on every table with a user_id that the role may use, which cannot pass it', async () => {
    const { rows: open } = await pool.query(
      `select relname from pg_class join pg_attribute on attrelid = pg_class.oid
        where attname = 'user_id' and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)
          and has_table_privilege('taskward_app', pg_class.oid, 'select, insert, update, delete')`,
    )
    expect(open).toEqual([])
    const { rows } = await pool.query(
      `select rolsuper, rolbypassrls, rolcanlogin,
              (select count(*)::int from pg_class where relowner = pg_roles.oid) as owned
         from pg_roles where rolname = 'taskward_app'`,
    )
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcanlogin: false, owned: 0 }])
  })

  it('stands alone for each of many owners at once on few connections', async () => {
    const owners = Array.from({ length: 200 }, (_, i) => (i % 2 ? ada : bob))
    const found = await Promise.all(
      owners.map((owner) =>
        asOwner(owner, () => db.select({ userId: tasks.userId }).from(tasks).execute()),
      ),
    )
    expect(found).toEqual(owners.map((userId) => [{ userId }]))
  })

  it('leaves nothing of an owner on the connection after a failed statement', async () => {
    const broken = () => db.execute(sql`select 1 / 0`)
    await expect(asOwner(ada, async () => broken())).rejects.toThrow()
    const settings = () =>
      db.execute(sql`select current_user as role, current_setting('taskward.owner', true) as owner`)
    for (let connection = 0; connection < 20; connection++) {
      const { rows } = await asOwner(bob, async () => settings())
      expect(rows).toEqual([{ role: 'taskward_app', owner: bob }])
    }
  })
})

describe('a role that is held by the policies and reads rows of no owner', () => {
  /** What the role of DATABASE_URL sees and deletes where it is no superuser. */
  async function asHousekeeper<T>(work: (client: pg.ClientBase) => Promise<T>, role = 'plain') {
    const client = await pool.connect()
    try {
      await client.query('begin')
      if (role !== 'taskward_app') {
        await client.query(`create role ${role} nologin nosuperuser nobypassrls`)
        await client.query(`grant select, update, delete on task_creations to ${role}`)
      }
      await client.query(`set local role ${role}`)
      return await work(client)
    } finally {
      await client.query('rollback')
      client.release()
    }
  }

  beforeAll(async () => {
    await pool.query(
      `insert into task_creations (user_id, key, fingerprint, task_id, created_at)
       select 'carol', days || ' days', '', gen_random_uuid(), now() - days * interval '1 day'
         from unnest(array[29, 31]) days`,
    )
  })

  const keysOf = (statement: string) => async (client: pg.ClientBase) =>
    (await client.query(statement)).rows.map(({ key }) => key)

  it.each(['select key from task_creations', 'delete from task_creations returning key'])(
    'meets idempotency keys only when they are older than 30 days: %s',
    async (statement) => {
      expect(await asHousekeeper(keysOf(statement))).toEqual(['31 days'])
      expect(await asHousekeeper(keysOf(statement), 'taskward_app')).toEqual([])
    },
  )

  it('changes none of them', async () => {
    const statement = `update task_creations set key = 'another' returning key`
    expect(await asHousekeeper(keysOf(statement))).toEqual([])
  })

  it('forgets those that are older, and no other, whatever its clock says', async () => {
    const tomorrow = new Date(Date.now() + 2 * 86_400_000)
    const forget = (client: pg.ClientBase) => deleteOldCreations(client, tomorrow, 100)
    expect(await asHousekeeper(forget)).toBe(1)
  })
})
