import { beforeAll, describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor, type Page, positionOf, type TaskOrder } from './pages.ts'
import type { Task } from './tables.ts'
import type { TaskFilter } from './task-filter.ts'
import { listTasks } from './task-lists.ts'
import { createTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { seededRandom, testSeed } from './testing/random.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { deleteTask } from './trash.ts'

const { db } = await databaseForFile()

const fields = ['CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE'] as const
const directions = ['ASC', 'DESC'] as const
const orders = fields.flatMap((field) => directions.map((direction) => ({ field, direction })))

describe.each(orders)(`the order $field $direction (TEST_SEED=${testSeed})`, (order) => {
  const ada = newOwner('ada')
  let sorted: Task[]
  beforeAll(async () => {
    sorted = (await seedTasks(db, ada, manyTies(9))).sort(comparator(order))
  })

  it('sorts by the field, then by id in the same direction, with a missing due date last', async () => {
    expect(await list(ada, order)).toEqual(sorted)
    expect(await list(ada, order, { backward: true })).toEqual(sorted)
  })

  it('is read forward and backward in pages of every size', async () => {
    for (let limit = 1; limit <= sorted.length + 1; limit++) {
      expect(await readPages(ada, order, { limit, backward: false })).toEqual(sorted)
      expect(await readPages(ada, order, { limit, backward: true })).toEqual(sorted)
    }
  })

  it('lists the tasks between two positions, from either end', async () => {
    for (const [from, first] of sorted.entries()) {
      for (const [to, last] of sorted.entries()) {
        const bounds = { after: positionOf(order, first), before: positionOf(order, last) }
        const inside = sorted.slice(from + 1, Math.max(from + 1, to))
        expect(await list(ada, order, { ...bounds, limit: 3 })).toEqual(inside.slice(0, 3))
        expect(await list(ada, order, { ...bounds, limit: 3, backward: true })).toEqual(
          inside.slice(-3),
        )
      }
    }
  })

  it.each([false, true])(
    'shows each remaining task once while tasks are added and deleted (backward: %s)',
    async (backward) => {
      const bob = newOwner('bob')
      const seeded = await seedTasks(db, bob, manyTies(60))
      const random = seededRandom(testSeed)
      const deletable = seeded.filter(() => random() < 0.5)
      const kept = seeded.filter((task) => !deletable.includes(task)).sort(comparator(order))
      const change = async () => {
        await seedTasks(db, bob, manyTies(3, random))
        await Promise.all(deletable.splice(0, 2).map(({ id }) => deleteTask(db, by(bob), id)))
      }
      const seen = await readPages(bob, order, { limit: 4, backward }, change)
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
      expect(seen.filter(({ id }) => kept.some((task) => task.id === id))).toEqual(kept)
    },
  )

  it('decodes a cursor to the position of its task', async () => {
    for (const task of sorted) {
      expect(decodeCursor(order, encodeCursor(order, task))).toEqual(positionOf(order, task))
    }
  })

  it('refuses cursors of every other order', () => {
    for (const other of orders.filter((other) => other !== order)) {
      for (const task of sorted) {
        expect(decodeCursor(order, encodeCursor(other, task))).toBeUndefined()
      }
    }
  })

  it('never fails on the position of a cursor that it accepts', async () => {
    for (const key of oddKeys) {
      const cursor = encode([order.field, order.direction, key, anId])
      const after = decodeCursor(order, cursor)
      if (after) expect((await list(ada, order, { after })).length).toBeLessThanOrEqual(9)
    }
  })
})

describe(`pages read during concurrent writes (TEST_SEED=${testSeed})`, () => {
  it('show each task that exists throughout exactly once', async () => {
    const ada = newOwner('ada')
    const order = { field: 'CREATED_AT', direction: 'DESC' } as const
    const kept = (await seedTasks(db, ada, manyTies(80))).sort(comparator(order))
    const random = seededRandom(testSeed)
    let reading = true
    const writing = (async () => {
      while (reading) {
        const task = await createTask(db, by(ada), newTask())
        if (typeof task === 'object' && random() < 0.5) await deleteTask(db, by(ada), task.id)
      }
    })()
    for (const limit of [1, 3, 7]) {
      const seen = await readPages(ada, order, { limit, backward: true })
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
      expect(seen.filter(({ id }) => kept.some((task) => task.id === id))).toEqual(kept)
    }
    reading = false
    await writing
  })
})

describe(`a page of a filtered list (TEST_SEED=${testSeed})`, () => {
  it('is filled with tasks that match the filter', async () => {
    const ada = newOwner('ada')
    const order = { field: 'PRIORITY', direction: 'DESC' } as const
    const seeded = (await seedTasks(db, ada, manyTies(40))).sort(comparator(order))
    const high = seeded.filter(({ priority }) => priority === 'HIGH')
    const filter: TaskFilter = { priority: ['HIGH'] }
    const first = await listTasks(db, ada, filter, order, { limit: 4, backward: false })
    expect(first).toEqual(high.slice(0, 4))
    const last = await listTasks(db, ada, filter, order, { limit: 4, backward: true })
    expect(last).toEqual(high.slice(-4))
  })
})

describe('decodeCursor', () => {
  const order: TaskOrder = { field: 'TITLE', direction: 'ASC' }
  const valid = encode(['TITLE', 'ASC', 'notes', anId])

  it('accepts what encodeCursor writes', () => {
    expect(decodeCursor(order, valid)).toEqual({ key: 'notes', id: anId })
  })

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('notes').toString('base64url')],
    ['no list', encode({ field: 'TITLE' })],
    ['null', encode(null)],
    ['a short list', encode(['TITLE', 'ASC', 'notes'])],
    ['a long list', encode(['TITLE', 'ASC', 'notes', anId, 1])],
    ['a number as key', encode(['TITLE', 'ASC', 1, anId])],
    ['a null character in the key', encode(['TITLE', 'ASC', 'no\0tes', anId])],
    ['half a surrogate pair in the key', encode(['TITLE', 'ASC', '\ud83c', anId])],
    ['no UUID', encode(['TITLE', 'ASC', 'notes', '1'])],
    ['SQL for a UUID', encode(['TITLE', 'ASC', 'notes', `${anId}'; drop table tasks`])],
    ['another direction', encode(['TITLE', 'DESC', 'notes', anId])],
    ['a cursor with a suffix', `${valid}!`],
    ['a space before a cursor', ` ${valid}`],
    [
      'the same JSON with other white space',
      Buffer.from(`["TITLE", "ASC", "notes", "${anId}"]`).toString('base64url'),
    ],
  ])('refuses %s', (_what, cursor) => {
    expect(decodeCursor(order, cursor)).toBeUndefined()
  })

  it.each([
    ['CREATED_AT', '0000-01-01T00:00:00.000Z'],
    ['CREATED_AT', '2026-02-30T00:00:00.000Z'],
    ['CREATED_AT', '2026-01-01T00:00:00.000+02:00'],
    ['UPDATED_AT', 'infinity'],
    ['DUE_ON', '0000-01-01'],
    ['DUE_ON', '2026-02-30'],
    ['DUE_ON', 'today'],
    ['PRIORITY', 'URGENT'],
  ] as const)('refuses for %s the key %s', (field, key) => {
    const cursor = encode([field, 'ASC', key, anId])
    expect(decodeCursor({ field, direction: 'ASC' }, cursor)).toBeUndefined()
  })
})

/** Tasks with few different values, so that every order has ties. Some have no due date. */
function manyTies(count: number, random = seededRandom(testSeed)) {
  const one = <const T>(...choices: [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0]
  const moment = () => `2026-11-24T12:00:00.00${one(0, 1, 2)}Z`
  return Array.from({ length: count }, () => ({
    title: one('b', 'B', 'a', 'é', 'É', '\uffe6', '\u{1f600}'),
    dueOn: one(null, null, '0001-01-01', '2026-11-24', '9999-12-31'),
    priority: one('LOW', 'MEDIUM', 'HIGH'),
    createdAt: moment(),
    updatedAt: moment(),
  }))
}

/** The order, computed without the database. */
function comparator({ field, direction }: TaskOrder) {
  const sign = direction === 'ASC' ? 1 : -1
  return (a: Task, b: Task): number => {
    if (field === 'DUE_ON' && (a.dueOn === null) !== (b.dueOn === null)) {
      return a.dueOn === null ? 1 : -1
    }
    return sign * (Buffer.compare(rank(field, a), rank(field, b)) || (a.id < b.id ? -1 : 1))
  }
}

/** Bytes that sort like the values of the field. UTF-8 sorts by code point. */
function rank(field: TaskOrder['field'], task: Task): Buffer {
  const text = {
    CREATED_AT: task.createdAt,
    UPDATED_AT: task.updatedAt,
    DUE_ON: task.dueOn ?? '',
    PRIORITY: String(['LOW', 'MEDIUM', 'HIGH'].indexOf(task.priority)),
    TITLE: task.title.toLowerCase(),
    DELETED_AT: task.deletedAt ?? '',
  }[field]
  return Buffer.from(text)
}

function list(ownerId: string, order: TaskOrder, page: Partial<Page> = {}): Promise<Task[]> {
  return listTasks(db, ownerId, {}, order, { limit: 1000, backward: false, ...page })
}

/** All pages, joined in the order of the list. `between` runs after each page. */
async function readPages(
  ownerId: string,
  order: TaskOrder,
  page: Page,
  between: () => Promise<void> = async () => {},
): Promise<Task[]> {
  const seen: Task[] = []
  for (;;) {
    const edge = page.backward ? seen[0] : seen.at(-1)
    const position = edge && positionOf(order, edge)
    const bound = page.backward ? { before: position } : { after: position }
    const found = await list(ownerId, order, { ...page, ...bound })
    if (found.length === 0) return seen
    if (page.backward) seen.unshift(...found)
    else seen.push(...found)
    await between()
  }
}

const anId = '0193f2d4-7c1a-7b3e-9f00-1234567890ab'

const oddKeys = [
  '',
  '0000-01-01',
  '0001-01-01',
  '9999-12-31',
  'infinity',
  '-infinity',
  '0000-01-01T00:00:00.000Z',
  '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  'HIGH',
  'high',
  'x'.repeat(10_000),
]

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
