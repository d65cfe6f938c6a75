import { sql } from 'drizzle-orm'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { transactionAs } from './as-owner.ts'
import { isDatabaseBusy, isDatabaseUnavailable } from './availability.ts'
import { type Db, metered } from './client.ts'
import { dryRun } from './dry-run.ts'
import { createTask, findTask, updateTask } from './tasks.ts'
import { untilBlocked } from './testing/blocked.ts'
import { databaseForTest } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { deleteTask } from './trash.ts'

const never = () => false

const countOpen = `select count(*)::int as open from pg_stat_activity
  where datname = current_database() and state like 'idle in transaction%'`

async function readTasks(pool: pg.Pool): Promise<unknown[]> {
  return (await pool.query('select * from tasks order by id')).rows
}

async function expectNothingHeld({ pool, rowPool }: { pool: pg.Pool; rowPool: pg.Pool }) {
  expect((await pool.query(countOpen)).rows).toEqual([{ open: 0 }])
  expect(rowPool.idleCount).toBe(rowPool.totalCount)
}

describe('a dry run', () => {
  it('leaves no row and no idempotency key', async () => {
    const { db, pool, rowPool } = await databaseForTest()
    const ada = newOwner('ada')
    const old = await createTask(db, by(ada), newTask({ labels: ['Home'] }))
    const before = await readTasks(pool)
    if (typeof old === 'string') throw new Error(old)
    const seen = await dryRun(db, never, async (dry) => {
      const made = await createTask(dry, by(ada), newTask({ labels: ['Work'] }), 'key')
      expect(await createTask(dry, by(ada), newTask({ labels: ['Work'] }), 'key')).toEqual(made)
      expect(await createTask(dry, by(ada), newTask({ title: 'Another' }), 'key')).toBe(
        'KEY_OF_ANOTHER_INPUT',
      )
      await updateTask(dry, by(ada), old.id, { title: 'Changed', labels: ['WORK'] })
      const changed = await findTask(dry, ada, old.id)
      expect(await deleteTask(dry, by(ada), old.id)).toBe(true)
      return [changed, await findTask(dry, ada, old.id)]
    })
    expect(seen).toEqual([
      expect.objectContaining({ title: 'Changed', labels: ['Work'] }),
      undefined,
    ])
    expect(await readTasks(pool)).toEqual(before)
    expect((await pool.query('select * from task_creations')).rows).toEqual([])
    await expectNothingHeld({ pool, rowPool })
  })

  it('undoes a failed statement or transaction alone', async () => {
    const { db, pool, rowPool } = await databaseForTest()
    const ada = newOwner('ada')
    const titles = await dryRun(db, never, async (dry) => {
      await createTask(dry, by(ada), newTask({ title: 'First' }))
      await expect(runTextAs(dry, ada, 'select 1 / 0')).rejects.toThrow('division by zero')
      const failing = transactionAs(dry, by(ada), async (tx) => {
        await createTask(tx, by(ada), newTask({ title: 'Undone' }))
        throw new Error('It fails.')
      })
      await expect(failing).rejects.toThrow('It fails.')
      await createTask(dry, by(ada), newTask({ title: 'Second' }))
      return runTextAs(dry, ada, 'select title from tasks order by id')
    })
    expect(titles).toEqual([['First'], ['Second']])
    await expectNothingHeld({ pool, rowPool })
  })

  it('runs concurrent statements one after the other', async () => {
    const { db } = await databaseForTest()
    const ada = newOwner('ada')
    const made = await dryRun(db, never, (dry) =>
      Promise.all(
        ['One', 'Two', 'Three'].map((title) =>
          createTask(dry, by(ada), newTask({ title, labels: ['Home'] })),
        ),
      ),
    )
    expect(made).toMatchObject([{ title: 'One' }, { title: 'Two' }, { title: 'Three' }])
  })

  it('begins each transaction with the role and settings of a new one', async () => {
    const { db } = await databaseForTest()
    const ada = newOwner('ada')
    const settings = sql`select current_user = session_user as "isReset", current_setting('taskward.owner') as owner,
      current_setting('taskward.actor') as actor, current_setting('taskward.undoes') as undoes`
    const found = await dryRun(db, never, async (dry) => {
      await createTask(dry, by(ada), newTask())
      const frame = `select set_config('taskward.actor', 'Ada', true), set_config('taskward.undoes', '1', true)`
      await dry.dryTransaction?.(ada, frame, async () => {})
      return dry.dryTransaction?.(ada, 'select', (tx) => tx.execute(settings).execute())
    })
    expect(found?.rows).toEqual([{ isReset: true, owner: '', actor: '', undoes: '' }])
  })

  it('is ended by the database when its process hangs for 10 seconds', async () => {
    const { db } = await databaseForTest()
    const show = 'show idle_in_transaction_session_timeout'
    expect(await dryRun(db, never, (dry) => runTextAs(dry, newOwner('ada'), show))).toEqual([
      ['10s'],
    ])
  })

  it('takes no connection without a statement', async () => {
    const { db, rowPool } = await databaseForTest()
    expect(await dryRun(db, never, async () => 'done')).toBe('done')
    expect(rowPool.totalCount).toBe(0)
  })

  it('is rolled back when its work fails', async () => {
    const { db, pool, rowPool } = await databaseForTest()
    const failing = dryRun(db, never, async (dry) => {
      await createTask(dry, by(newOwner('ada')), newTask())
      throw new Error('It fails.')
    })
    await expect(failing).rejects.toThrow('It fails.')
    expect(await readTasks(pool)).toEqual([])
    await expectNothingHeld({ pool, rowPool })
  })

  it('ends when its client has gone', async () => {
    const { db, pool, rowPool } = await databaseForTest()
    const ada = newOwner('ada')
    let hasGone = false
    const left = dryRun(
      db,
      () => hasGone,
      async (dry) => {
        await createTask(dry, by(ada), newTask())
        hasGone = true
        await createTask(dry, by(ada), newTask())
      },
    )
    await expect(left).rejects.toSatisfy(isDatabaseBusy)
    await expectNothingHeld({ pool, rowPool })
  })

  it('ends after 10 seconds', async () => {
    const { db, pool, rowPool } = await databaseForTest()
    const ada = newOwner('ada')
    let time = 0
    const slow = dryRun(
      db,
      never,
      async (dry) => {
        await createTask(dry, by(ada), newTask())
        time = 10_001
        await createTask(dry, by(ada), newTask())
      },
      () => time,
    )
    await expect(slow).rejects.toSatisfy(isDatabaseBusy)
    await expectNothingHeld({ pool, rowPool })
  })

  it('refuses statements after its end', async () => {
    const { db, pool, rowPool } = await databaseForTest()
    const ada = newOwner('ada')
    const dry = await dryRun(db, never, async (dry) => {
      await createTask(dry, by(ada), newTask())
      return dry
    })
    await expect(createTask(dry, by(ada), newTask())).rejects.toThrow('The dry run has ended')
    await expectNothingHeld({ pool, rowPool })
  })

  it('fails and leaves nothing when it loses its connection', async () => {
    const { db, pool, rowPool } = await databaseForTest()
    const ada = newOwner('ada')
    const lost = dryRun(db, never, async (dry) => {
      await createTask(dry, by(ada), newTask())
      const [[pid] = []] = await runTextAs(dry, ada, 'select pg_backend_pid()')
      await pool.query('select pg_terminate_backend($1)', [pid])
      await expect(createTask(dry, by(ada), newTask())).rejects.toSatisfy(isDatabaseUnavailable)
      await createTask(dry, by(ada), newTask())
    })
    await expect(lost).rejects.toSatisfy(isDatabaseUnavailable)
    expect(await readTasks(pool)).toEqual([])
    await expectNothingHeld({ pool, rowPool })
    await expect(createTask(db, by(ada), newTask())).resolves.toMatchObject({ labels: [] })
  })

  it('holds a connection of the share of its owner', async () => {
    const { db, rowPool } = await databaseForTest()
    const ada = newOwner('ada')
    let maxHeld = 0
    const one = (db: Db) =>
      dryRun(db, never, async (dry) => {
        await createTask(dry, by(ada), newTask())
        maxHeld = Math.max(maxHeld, rowPool.totalCount - rowPool.idleCount)
        await createTask(dry, by(ada), newTask())
      })
    await Promise.all(Array.from({ length: 12 }, () => one(db)))
    expect(maxHeld).toBe(2)
  })

  it('adds the time that its connection was held to the usage', async () => {
    const { db } = await databaseForTest()
    const usage = { connectionMs: 0 }
    await dryRun(metered(db, usage), never, (dry) =>
      runTextAs(dry, newOwner('ada'), 'select pg_sleep(0.02)'),
    )
    expect(usage.connectionMs).toBeGreaterThanOrEqual(20)
  })

  it('makes a real use of its idempotency key wait, and leaves the key to it', async () => {
    const { db, pool } = await databaseForTest()
    const ada = newOwner('ada')
    let real: ReturnType<typeof createTask> | undefined
    const dry = await dryRun(db, never, async (dry) => {
      const task = await createTask(dry, by(ada), newTask(), 'key')
      real = createTask(db, by(ada), newTask(), 'key')
      await untilBlocked(pool, real)
      return task
    })
    const task = await real
    expect(task).toMatchObject({ title: 'Write the notes' })
    expect(task).not.toEqual(dry)
    expect(await readTasks(pool)).toHaveLength(1)
  })
})
