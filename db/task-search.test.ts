import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { transactionAs } from './as-owner.ts'
import { connect } from './client.ts'
import { migrate } from './migrate.ts'
import { deleteEverythingOf } from './owners.ts'
import { type Position, positionOf, type TaskOrder } from './pages.ts'
import { everyColumn } from './task-columns.ts'
import { countOwner } from './task-counts.ts'
import type { TaskFilter } from './task-filter.ts'
import { indexOwner, listUnindexedOwners } from './task-grams.ts'
import { countTasks, listTasks, readPage } from './task-lists.ts'
import { createTask, updateTask } from './tasks.ts'
import { untilBlocked } from './testing/blocked.ts'
import { silentLog } from './testing/cluster.ts'
import { databaseForFile } from './testing/database.ts'
import { seededRandom, testSeed } from './testing/random.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { writeRows } from './testing/write-rows.ts'
import { deleteTask, purgeTask } from './trash.ts'

const { db, pool, url } = await databaseForFile()

const random = seededRandom(testSeed)
const pick = <T>(values: readonly [T, ...T[]]): T =>
  values[Math.floor(random() * values.length)] ?? values[0]
const words = [
  'water',
  'Wasser',
  'été',
  'привет',
  '水曜日',
  'party 🎉',
  'a',
  '%',
  'Ärger',
  '42',
] as const
const phrase = (max: number) =>
  Array.from({ length: 1 + random() * max }, () => pick(words)).join(pick([' ', '', '-']))
const randomTask = () => ({
  title: phrase(4),
  description: random() < 0.5 ? phrase(9) : null,
  labels: [...new Set([pick(words), pick(words)])].slice(0, Math.floor(random() * 3)),
  dueOn: random() < 0.5 ? `2026-12-0${1 + Math.floor(random() * 8)}` : null,
})

/** An owner whose searches ask the index, because it has more tasks than are read first. */
async function indexedOwner(tasks: Parameters<typeof seedTasks>[2] = []): Promise<string> {
  const ada = newOwner('ada')
  await seedTasks(db, ada, [...Array.from({ length: 1_100 }, () => ({ title: 'x' })), ...tasks])
  await indexOwner(db, ada)
  return ada
}

/** Another owner with the same tasks and no index. */
async function copyWithoutIndex(ownerId: string): Promise<string> {
  const copy = newOwner('copy')
  await writeRows(
    pool,
    copy,
    `insert into tasks (user_id, id, title, title_key, description, description_key, completed_at,
       due_on, priority, labels, label_keys, created_at, updated_at)
     select $1, id, title, title_key, description, description_key, completed_at, due_on, priority,
       labels, label_keys, created_at, updated_at from tasks where user_id = $2`,
    [copy, ownerId],
  )
  return copy
}

const candidatesOf = async (ownerId: string, text: string, most = 100) => {
  const texts = `{"\\\\x${Buffer.from(text).toString('hex')}"}`
  const find = `select cardinality(find_search_candidates($1::bytea[], $2::int))`
  return (await runTextAs(db, ownerId, find, [texts, String(most)]))[0]?.[0]
}

const orders: TaskOrder[] = (
  ['CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE'] as const
).flatMap((field) => (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })))

describe('a search by the index', () => {
  it(`finds the same pages as without it (TEST_SEED=${testSeed})`, async () => {
    const ada = await indexedOwner(Array.from({ length: 400 }, randomTask))
    const copy = await copyWithoutIndex(ada)
    for (const order of orders) {
      const all = await listTasks(db, ada, {}, order, { limit: 2_000, backward: false })
      for (let n = 0; n < 8; n++) {
        const filter = randomFilter()
        const page = { limit: 1 + Math.floor(random() * 8), ...randomBounds(all, order) }
        const parts = { tasks: true, beyond: true, totalCount: true }
        const request = { filter, order, page, columns: everyColumn, parts }
        const [found, expected] = await Promise.all([
          readPage(db, ada, request),
          readPage(db, copy, request),
        ])
        const mine = expected.tasks.map((task) => ({ ...task, userId: ada }))
        expect(found, JSON.stringify({ filter, order, page })).toEqual({ ...expected, tasks: mine })
      }
    }
  })

  it.each([{ search: 'needle' }, { labels: ['hay'] }, { search: 'a', labels: ['hay'] }])(
    'reads only the candidates of the index for %o',
    async (filter) => {
      const ada = await indexedOwner([{ title: 'a needle', labels: ['Hay'] }])
      const page = { limit: 20, backward: false }
      const order = { field: 'TITLE', direction: 'DESC' } as const
      const find = async () => [
        (await listTasks(db, ada, filter, order, page)).length,
        await countTasks(db, ada, filter),
      ]
      expect(await find()).toEqual([1, 1])
      await pool.query(`update task_grams set grams = '{}' where user_id = $1`, [ada])
      expect(await find()).toEqual([0, 0])
    },
  )

  it('reads the list in order when there are too many candidates', async () => {
    const ada = await indexedOwner()
    await seedTasks(
      db,
      ada,
      Array.from({ length: 101 }, () => ({ title: 'many' })),
    )
    expect(await candidatesOf(ada, 'many')).toBe(null)
    expect(await candidatesOf(ada, 'many', 101)).toBe('101')
    const bob = await indexedOwner(Array.from({ length: 5_001 }, () => ({ title: 'a needle' })))
    const order = { field: 'TITLE', direction: 'DESC' } as const
    const page = { limit: 21, backward: false }
    expect(await listTasks(db, bob, { search: 'needle' }, order, page)).toHaveLength(21)
    expect(await countTasks(db, bob, { search: 'needle' })).toBe(5_001)
  })

  it('finds what changes, also in a transaction that has not ended', async () => {
    const ada = await indexedOwner()
    const count = (search: string) => countTasks(db, ada, { search })
    const task = await createTask(db, by(ada), newTask({ title: 'needle', labels: ['Hay'] }))
    const id = typeof task === 'object' ? task.id : ''
    expect([await count('needle'), await count('hay')]).toEqual([1, 1])
    await updateTask(db, by(ada), id, { title: 'thread', description: 'cotton' })
    expect([await count('needle'), await count('thread'), await count('cotton')]).toEqual([0, 1, 1])
    await updateTask(db, by(ada), id, { labels: ['Straw'] })
    expect([await count('hay'), await countTasks(db, ada, { labels: ['straw'] })]).toEqual([0, 1])
    await transactionAs(db, by(ada), async (tx) => {
      await updateTask(tx, by(ada), id, { title: 'button' })
      expect(await countTasks(tx, ada, { search: 'button' })).toBe(1)
      expect(await count('thread')).toBe(1)
    })
    await deleteTask(db, by(ada), id)
    expect(await count('button')).toBe(0)
    await purgeTask(db, by(ada), id)
    expect(await candidatesOf(ada, 'button')).toBe('0')
  })

  it('finds no candidate of another owner', async () => {
    const [ada, bob] = [await indexedOwner([{ title: 'needle' }]), await indexedOwner()]
    await pool.query(
      'update task_counts set search_key = (select search_key from task_counts where user_id = $1) where user_id = $2',
      [ada, bob],
    )
    expect(await candidatesOf(ada, 'needle')).toBe('1')
    expect(await candidatesOf(bob, 'needle')).toBe('0')
  })

  it('has no candidate without an owner, and no role but the one for rows may ask', async () => {
    const client = await pool.connect()
    onTestFinished(() => client.release())
    const find = `select find_search_candidates('{abc}'::bytea[], 10) as ids`
    expect((await client.query(find)).rows).toEqual([{ ids: null }])
    const { rows } = await pool.query(
      `select grantee from information_schema.routine_privileges
        where routine_name = 'find_search_candidates' and grantee <> current_user`,
    )
    expect(rows).toEqual([{ grantee: 'taskward_app' }])
  })
})

it('uses the index in a database whose user is not a superuser', async () => {
  const name = `plain_${randomUUID().replaceAll('-', '')}`
  await pool.query(`create role ${name} login password 'plain' in role taskward_app`)
  await pool.query(`create database ${name} owner ${name}`)
  const plain = new URL(url)
  Object.assign(plain, { username: name, password: 'plain', pathname: name })
  const database = connect(plain.href, silentLog)
  onTestFinished(database.close)
  await migrate(database)
  const ada = newOwner('ada')
  await seedTasks(database.db, ada, [{ title: 'needle' }, { title: 'hay' }])
  await indexOwner(database.db, ada)
  const find = `select cardinality(find_search_candidates('{needle}', 10))`
  expect(await runTextAs(database.db, ada, find)).toEqual([['1']])
  expect(await countTasks(database.db, ada, { search: 'needle' })).toBe(1)
})

describe('the index of an owner', () => {
  it('is complete when tasks change while it is created', async () => {
    const ada = newOwner('ada')
    const seeded = await seedTasks(
      db,
      ada,
      Array.from({ length: 1_200 }, () => ({ title: 'old' })),
    )
    const changes = seeded.slice(0, 100).map(
      ({ id }, n) =>
        () =>
          n % 2
            ? updateTask(db, by(ada), id, { title: `needle ${n}` })
            : deleteTask(db, by(ada), id),
    )
    const creations = Array.from(
      { length: 20 },
      () => () => createTask(db, by(ada), newTask({ title: 'needle' })),
    )
    await Promise.all([indexOwner(db, ada), ...[...changes, ...creations].map((run) => run())])
    expect(await candidatesOf(ada, 'needle')).toBe('70')
    const { rows } = await pool.query(
      `select count(*)::int as n from task_grams where user_id = $1`,
      [ada],
    )
    expect(rows).toEqual([{ n: 1_200 + 20 }]) // in the trash too
  })

  it('waits for a running writer', async () => {
    const ada = newOwner('ada')
    await seedTasks(db, ada, [{}])
    let indexing: Promise<void> | undefined
    await transactionAs(db, by(ada), async (tx) => {
      await createTask(tx, by(ada), newTask({ title: 'needle' }))
      indexing = indexOwner(db, ada)
      await untilBlocked(pool, indexing)
    })
    await indexing
    expect(await candidatesOf(ada, 'needle')).toBe('1')
  })

  it('is not used before it is complete, and is completed later', async () => {
    const ada = newOwner('ada')
    await seedTasks(
      db,
      ada,
      Array.from({ length: 2_000 }, () => ({ title: 'needle' })),
    )
    await indexOwner(db, ada, AbortSignal.abort())
    expect(await candidatesOf(ada, 'needle')).toBe(null)
    expect(await countTasks(db, ada, { search: 'needle' })).toBe(2_000)
    expect(await listUnindexedOwners(pool, 100)).toContain(ada)
    await indexOwner(db, ada)
    expect(await listUnindexedOwners(pool, 100)).not.toContain(ada)
    expect(await candidatesOf(ada, 'needle', 2_000)).toBe('2000')
  })

  it('is not created for few tasks, and goes with the account', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    await seedTasks(db, ada, [{ title: 'needle' }])
    await seedTasks(db, bob, [{ title: 'needle' }])
    expect(await listUnindexedOwners(pool, 100)).not.toContain(ada)
    await indexOwner(db, ada)
    await indexOwner(db, bob)
    await deleteEverythingOf(db, ada)
    const { rows } = await pool.query('select user_id from task_grams where user_id = any($1)', [
      [ada, bob],
    ])
    expect(rows).toEqual([{ user_id: bob }])
    await countOwner(db, ada)
    expect(await countTasks(db, ada, { search: 'needle' })).toBe(0)
  })
})

function randomFilter(): TaskFilter {
  const part = pick(words)
  const start = Math.floor(random() * part.length)
  const search = pick([part, part.slice(start), phrase(2), `${part} `, 'nowhere'])
  const filters: [TaskFilter, ...TaskFilter[]] = [
    { search: search.isWellFormed() ? search : part },
    { labels: [pick(words)] },
    { labels: [pick(words), pick(words)], search },
    { search: part, dueOnOrAfter: '2026-12-04' },
  ]
  const filter = pick(filters)
  return filter.search?.isWellFormed() === false ? { search: part } : filter
}

function randomBounds(all: Parameters<typeof positionOf>[1][], order: TaskOrder) {
  const position = (): Position | undefined => {
    const task = all[Math.floor(random() * all.length)]
    return task && random() < 0.5 ? positionOf(order, task) : undefined
  }
  return { backward: random() < 0.5, after: position(), before: position() }
}
