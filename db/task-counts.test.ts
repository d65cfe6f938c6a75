import { describe, expect, it } from 'vitest'
import { transactionAs } from './as-owner.ts'
import { deleteEverythingOf } from './owners.ts'
import { countOwner } from './task-counts.ts'
import { countTasks } from './task-lists.ts'
import { createTask, type TaskValues, updateTask } from './tasks.ts'
import { untilBlocked } from './testing/blocked.ts'
import { databaseForFile } from './testing/database.ts'
import { seededRandom, testSeed } from './testing/random.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { writeRows } from './testing/write-rows.ts'
import { deleteCompletedTasks, deleteTask } from './trash.ts'

const { db, pool } = await databaseForFile()

const priorities = ['LOW', 'MEDIUM', 'HIGH'] as const
const completedAt = '2026-11-01T12:00:00.000Z'

/** The kept numbers of an owner, and the same counted now. Null: the owner is not counted yet. */
async function readCounts(ownerId: string): Promise<{ kept: number[] | null; counted: number[] }> {
  const { rows } = await pool.query(
    `select (select counts from task_counts where user_id = $1) as kept, array(
       select count(id)::int
         from unnest('{false,true}'::boolean[]) with ordinality as state(completed, n)
         cross join unnest('{0,1,2}'::int[]) as rank
         left join tasks on user_id = $1 and priority_rank = rank
              and (completed_at is not null) = completed and deleted_at is null
        group by n, rank order by n, rank) as counted`,
    [ownerId],
  )
  return rows[0]
}

async function expectExact(ownerId: string): Promise<void> {
  const { kept, counted } = await readCounts(ownerId)
  expect(kept).toEqual(counted)
}

/** As before the numbers were kept. */
const forget = (ownerId: string) =>
  pool.query('delete from task_counts where user_id = $1', [ownerId])

const random = seededRandom(testSeed)
const pick = <T>(values: readonly [T, ...T[]]): T =>
  values[Math.floor(random() * values.length)] ?? values[0]

/** Changes of random tasks of an owner, many at once. Some of them find their task deleted. */
async function changeConcurrently(ownerId: string, count: number): Promise<void> {
  const ids: [string, ...string[]] = ['00000000-0000-7000-8000-000000000000']
  const create = async (values: Partial<TaskValues>) => {
    const task = await createTask(
      db,
      by(ownerId),
      newTask({ priority: pick(priorities), ...values }),
    )
    if (typeof task === 'object') ids.push(task.id)
  }
  const changes = [
    () => create({}),
    () => create({ labels: [pick(['Work', 'Home'])] }),
    () => updateTask(db, by(ownerId), pick(ids), { completed: random() < 0.6 }),
    () => updateTask(db, by(ownerId), pick(ids), { priority: pick(priorities), completed: true }),
    () => updateTask(db, by(ownerId), pick(ids), { labels: ['Work'], priority: pick(priorities) }),
    () => updateTask(db, by(ownerId), pick(ids), { title: 'Read' }),
    () => deleteTask(db, by(ownerId), pick(ids)),
  ] as const
  const lane = async () => {
    for (let n = 0; n < count / 8; n++) {
      await (random() < 0.02 ? deleteCompletedTasks(db, by(ownerId)) : pick(changes)())
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}

describe('the numbers of tasks', () => {
  it(`stay exact under concurrent changes (TEST_SEED=${testSeed})`, async () => {
    const owners = [newOwner('ada'), newOwner('bob')]
    for (let round = 0; round < 3; round++) {
      await Promise.all(owners.map((owner) => changeConcurrently(owner, 160)))
      for (const owner of owners) await expectExact(owner)
    }
  })

  it('are kept from the first task on, also when several are first', async () => {
    for (let round = 0; round < 20; round++) {
      const ada = newOwner('ada')
      await Promise.all(
        priorities.map((priority) => createTask(db, by(ada), newTask({ priority }))),
      )
      expect(await readCounts(ada)).toMatchObject({ kept: [1, 1, 1, 0, 0, 0] })
    }
  })

  it('follow statements that change many tasks', async () => {
    const ada = newOwner('ada')
    await seedTasks(db, ada, [
      ...priorities.map((priority) => ({ priority })),
      ...priorities.map((priority) => ({ priority, completedAt })),
      { completedAt },
    ])
    expect(await readCounts(ada)).toMatchObject({ kept: [1, 1, 1, 1, 2, 1] })
    await writeRows(pool, ada, `update tasks set priority = 'HIGH' where user_id = $1`, [ada])
    await expectExact(ada)
    await deleteCompletedTasks(db, by(ada))
    expect(await readCounts(ada)).toMatchObject({ kept: [0, 0, 3, 0, 0, 0] })
  })

  it('are undone with their transaction', async () => {
    const ada = newOwner('ada')
    await createTask(db, by(ada), newTask())
    const failing = transactionAs(db, by(ada), async (tx) => {
      await createTask(tx, by(ada), newTask())
      throw new Error('undone')
    })
    await expect(failing).rejects.toThrow()
    await expectExact(ada)
  })

  it('answer the count of a list without reading tasks', async () => {
    const ada = newOwner('ada')
    await seedTasks(db, ada, [{}, { completedAt }, { priority: 'HIGH' }])
    await pool.query(`update task_counts set counts = '{1,2,3,4,5,6}' where user_id = $1`, [ada])
    expect(await countTasks(db, ada, {})).toBe(21)
    expect(await countTasks(db, ada, { completed: false })).toBe(6)
    expect(await countTasks(db, ada, { completed: true, priority: ['LOW', 'HIGH'] })).toBe(10)
    expect(await countTasks(db, ada, { priority: [] })).toBe(0)
    expect(await countTasks(db, ada, { search: 'notes' })).toBe(3)
  })
})

describe('an owner who is not counted yet', () => {
  it('gets the right count, and stays uncounted while creating tasks', async () => {
    const ada = newOwner('ada')
    await seedTasks(db, ada, [{}, { completedAt }])
    await forget(ada)
    await createTask(db, by(ada), newTask())
    expect(await readCounts(ada)).toMatchObject({ kept: null })
    expect(await countTasks(db, ada, {})).toBe(3)
    expect(await countTasks(db, ada, { completed: true })).toBe(1)
  })

  it(`is counted exactly while tasks change (TEST_SEED=${testSeed})`, async () => {
    const ada = newOwner('ada')
    for (let round = 0; round < 5; round++) {
      await changeConcurrently(ada, 80)
      await forget(ada)
      const changes = changeConcurrently(ada, 80)
      await Promise.all([countOwner(db, ada), countOwner(db, ada), changes])
      await expectExact(ada)
    }
  })

  it('is counted when a running writer has ended', async () => {
    const ada = newOwner('ada')
    await seedTasks(db, ada, [{}])
    await forget(ada)
    let counting: Promise<void> | undefined
    await transactionAs(db, by(ada), async (tx) => {
      await createTask(tx, by(ada), newTask())
      counting = countOwner(db, ada)
      await untilBlocked(pool, counting)
    })
    await counting
    expect(await readCounts(ada)).toMatchObject({ kept: [0, 2, 0, 0, 0, 0] })
  })

  it('is not taken for new because another writer has not ended', async () => {
    const ada = newOwner('ada')
    await seedTasks(db, ada, [{}])
    await forget(ada)
    let second: Promise<unknown> | undefined
    await transactionAs(db, by(ada), async (tx) => {
      await createTask(tx, by(ada), newTask())
      second = createTask(db, by(ada), newTask())
      await untilBlocked(pool, second)
    })
    await second
    expect(await readCounts(ada)).toMatchObject({ kept: null })
    expect(await countTasks(db, ada, {})).toBe(3)
  })

  it('is counted again after the deletion of all rows', async () => {
    const ada = newOwner('ada')
    await createTask(db, by(ada), newTask())
    await deleteEverythingOf(db, ada)
    expect(await readCounts(ada)).toMatchObject({ kept: null })
    await createTask(db, by(ada), newTask())
    await expectExact(ada)
  })
})
