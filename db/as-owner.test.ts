import { sql } from 'drizzle-orm'
import type pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { setLimits } from './actor-brakes.ts'
import { transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { deleteOldCreations } from './old-creations.ts'
import {
  actorBrakes,
  labels,
  taskChanges,
  taskCounts,
  taskCreations,
  taskGrams,
  taskHistories,
  tasks,
} from './tables.ts'
import { indexOwner } from './task-grams.ts'
import { createTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'

const { db, pool } = await databaseForFile()

const ada = newOwner('ada')
const bob = newOwner("bob'; reset role; --") // an id is text and must not be read as SQL

beforeAll(async () => {
  for (const owner of [ada, bob]) {
    await createTask(db, by(owner), newTask({ title: `Of ${owner}`, labels: ['Work'] }), 'key')
    await indexOwner(db, owner)
    await setLimits(pool, owner, { kind: 'APP', id: 'notebook' }, {})
  }
})

type Unfiltered = { toSQL(): { sql: string; params: unknown[] } } & PromiseLike<
  { userId: string }[]
>

/** Statements without a WHERE, and the rows that they read or change. */
const unfiltered: [string, (db: Db) => Unfiltered][] = [
  ['tasks', (db) => db.select({ userId: tasks.userId }).from(tasks)],
  ['labels', (db) => db.select({ userId: labels.userId }).from(labels)],
  ['counts', (db) => db.select({ userId: taskCounts.userId }).from(taskCounts)],
  ['grams', (db) => db.select({ userId: taskGrams.userId }).from(taskGrams)],
  ['creations', (db) => db.select({ userId: taskCreations.userId }).from(taskCreations)],
  ['history', (db) => db.select({ userId: taskChanges.userId }).from(taskChanges)],
  ['positions', (db) => db.select({ userId: taskHistories.userId }).from(taskHistories)],
  ['brakes', (db) => db.select({ userId: actorBrakes.userId }).from(actorBrakes)],
  ['updates', (db) => db.update(tasks).set({ title: 'Mine' }).returning({ userId: tasks.userId })],
]

describe.each(unfiltered)('without a WHERE, a statement on %s', (_name, run) => {
  it.each([ada, bob])('sees only the rows of its owner', async (owner) => {
    const { sql: text, params } = run(db).toSQL()
    expect(await runTextAs(db, by(owner), text, params.map(String))).toEqual([[owner]])
    expect(await transactionAs(db, by(owner), async (tx) => run(tx))).toEqual([{ userId: owner }])
  })

  it('is refused when no owner is set', async () => {
    await expect(run(db)).rejects.toThrow(/Failed query/)
  })

  it('sees no row in a transaction without an owner', async () => {
    const found = db.transaction(async (tx) => {
      await tx.execute(sql`set local role taskward_app`)
      await tx.execute(sql`set local taskward.actor = '{"name":"Ada"}'`)
      return run(tx)
    })
    expect(await found).toEqual([])
  })
})

describe('row-level security', () => {
  it('refuses to write a row for another owner', async () => {
    const takeOver = runTextAs(db, by(bob), 'update tasks set user_id = $1', [ada])
    await expect(takeOver).rejects.toThrow(/row-level security/)
    const { rows } = await pool.query('select user_id from tasks group by user_id')
    expect(rows).toHaveLength(2)
  })

  it('is forced on every table with a user_id that the role may use, and the role cannot bypass it', async () => {
    const { rows: unprotected } = await pool.query(
      `select relname from pg_class join pg_attribute on attrelid = pg_class.oid
        where attname = 'user_id' and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)
          and has_table_privilege('taskward_app', pg_class.oid, 'select, insert, update, delete')`,
    )
    // A function reads this one as the owner of the table, see migration 0009 and task-search.test.ts.
    expect(unprotected).toEqual([{ relname: 'task_grams' }])
    const { rows } = await pool.query(
      `select rolsuper, rolbypassrls, rolcanlogin,
              (select count(*)::int from pg_class where relowner = pg_roles.oid) as owned
         from pg_roles where rolname = 'taskward_app'`,
    )
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcanlogin: false, owned: 0 }])
  })

  it('separates many concurrent owners on few connections', async () => {
    const owners = Array.from({ length: 200 }, (_, i) => (i % 2 ? ada : bob))
    const found = await Promise.all(
      owners.map((owner) => runTextAs(db, owner, 'select user_id from tasks')),
    )
    expect(found).toEqual(owners.map((userId) => [[userId]]))
  })

  it('leaves no setting of an owner on the connection after a failed statement', async () => {
    await expect(runTextAs(db, ada, 'select 1 / 0')).rejects.toThrow('division by zero')
    const settings = `select current_user, current_setting('taskward.owner')`
    for (let connection = 0; connection < 20; connection++) {
      expect(await runTextAs(db, bob, settings)).toEqual([['taskward_app', bob]])
    }
  })
})

describe('a role that the policies apply to, without an owner', () => {
  /** Runs work like the role of DATABASE_URL when that is not a superuser. */
  async function asHousekeeper<T>(work: (client: pg.ClientBase) => Promise<T>, role = 'plain') {
    const client = await pool.connect()
    try {
      await client.query('begin')
      if (role !== 'taskward_app') {
        await client.query(`create role ${role} nologin nosuperuser nobypassrls`)
        await client.query(
          `grant select, update, delete on task_creations, task_counts, task_histories to ${role}`,
        )
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
    'sees only idempotency keys that are older than 30 days: %s',
    async (statement) => {
      expect(await asHousekeeper(keysOf(statement))).toEqual(['31 days'])
      expect(await asHousekeeper(keysOf(statement), 'taskward_app')).toEqual([])
    },
  )

  it('cannot change them', async () => {
    const statement = `update task_creations set key = 'another' returning key`
    expect(await asHousekeeper(keysOf(statement))).toEqual([])
  })

  it('sees which owners are counted, and cannot change their numbers', async () => {
    const select = 'select user_id as key from task_counts order by user_id'
    expect(await asHousekeeper(keysOf(select))).toEqual([ada, bob].sort())
    expect(await asHousekeeper(keysOf(select), 'taskward_app')).toEqual([])
    for (const change of [`update task_counts set counts = '{}'`, 'delete from task_counts']) {
      expect(await asHousekeeper(keysOf(`${change} returning user_id as key`))).toEqual([])
    }
  })

  it('sees whose history is how old, and cannot change it', async () => {
    const select = 'select user_id as key from task_histories order by user_id'
    expect(await asHousekeeper(keysOf(select))).toEqual([ada, bob].sort())
    expect(await asHousekeeper(keysOf(select), 'taskward_app')).toEqual([])
    for (const change of ['update task_histories set position = 0', 'delete from task_histories'])
      expect(await asHousekeeper(keysOf(`${change} returning user_id as key`))).toEqual([])
  })

  it('deletes only those that are older by the clock of the database', async () => {
    const tomorrow = new Date(Date.now() + 2 * 86_400_000)
    const deleteOld = (client: pg.ClientBase) => deleteOldCreations(client, tomorrow, 100)
    expect(await asHousekeeper(deleteOld)).toBe(1)
  })
})
