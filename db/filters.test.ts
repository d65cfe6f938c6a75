import { beforeAll, describe, expect, it } from 'vitest'
import type { TaskFilter } from './task-filter.ts'
import { countTasks, listTasks } from './task-lists.ts'
import { databaseForFile } from './testing/database.ts'
import { differentTexts, equalTexts } from './testing/odd-texts.ts'
import { seededRandom, testSeed } from './testing/random.ts'
import { newOwner, seedTasks } from './testing/tasks.ts'

const { db } = await databaseForFile()

const byTitle = { field: 'TITLE', direction: 'ASC' } as const
const completedAt = '2026-11-01T12:00:00.000Z'

describe('a filter', () => {
  const ada = newOwner('ada')
  beforeAll(async () => {
    await seedTasks(db, ada, [
      { title: '1', completedAt, priority: 'LOW', labels: ['Work'], dueOn: '2026-11-30' },
      { title: '2', priority: 'MEDIUM', labels: ['Work', 'Home'], dueOn: '2026-12-01' },
      { title: '3', priority: 'HIGH', labels: ['home'], dueOn: '2026-12-02' },
      { title: '4', completedAt, priority: 'HIGH' },
    ])
    await seedTasks(db, newOwner('bob'), [{ title: '1', completedAt, labels: ['Work'] }])
  })

  it.each<[TaskFilter, string]>([
    [{}, '1234'],
    [{ completed: true }, '14'],
    [{ completed: false }, '23'],
    [{ priority: ['HIGH'] }, '34'],
    [{ priority: ['LOW', 'HIGH'] }, '134'],
    [{ priority: [] }, ''],
    [{ labels: ['work'] }, '12'],
    [{ labels: ['WORK', 'home'] }, '2'],
    [{ labels: ['Work', 'unknown'] }, ''],
    [{ labels: [] }, '1234'],
    [{ dueOnOrAfter: '2026-12-01' }, '23'],
    [{ dueOnOrBefore: '2026-12-01' }, '12'],
    [{ dueOnOrAfter: '2026-12-01', dueOnOrBefore: '2026-12-01' }, '2'],
    [{ dueOnOrAfter: '2026-12-02', dueOnOrBefore: '2026-12-01' }, ''],
    [{ search: '3' }, '3'],
    [{ completed: false, labels: ['home'], dueOnOrAfter: '2026-12-02', search: '3' }, '3'],
    [{ completed: true, labels: ['home'] }, ''],
  ])('%o matches the tasks %s', async (filter, titles) => {
    const listed = await listTasks(db, ada, filter, byTitle, { limit: 100, backward: false })
    expect(listed.map(({ title }) => title).join('')).toBe(titles)
    expect(await countTasks(db, ada, filter)).toBe(titles.length)
  })

  it(`with several conditions matches what each of them matches (TEST_SEED=${testSeed})`, async () => {
    const bob = newOwner('bob')
    await seedTasks(db, bob, randomTasks(200))
    const alone = new Map<TaskFilter, Set<string>>()
    for (const filter of conditions) alone.set(filter, new Set(await listIds(bob, filter)))
    for (const first of conditions) {
      for (const second of conditions) {
        if (sharesKey(first, second)) continue
        const expected = [...(alone.get(first) ?? [])].filter((id) => alone.get(second)?.has(id))
        expect(await listIds(bob, { ...first, ...second })).toEqual(expected)
      }
    }
  })
})

describe('a search', () => {
  it.each([
    ['%', '100% done'],
    ['_', 'snake_case'],
    ['\\', 'back\\slash'],
    ["'", "Ada's"],
    ['NOTES', 'write the notes'],
    ['notes', 'WRITE THE NOTES'],
    ['é', 'ÉTÉ'],
    ['e\u0301t', 'Été'],
    ['ÄRGER', 'Ärger'],
    ['ΟΔΟΣ', 'οδοσήμανση'],
    ['привет', 'ПРИВЕТ'],
    ['🎉', 'party 🎉'],
    ['', 'anything'],
    ...equalTexts.flatMap(([one, other]) => [
      [other, one],
      [one, other],
    ]),
  ])('for %j finds %j in a title, a description and a label', async (search, words) => {
    expect(await finds(search, { title: words })).toBe(true)
    expect(await finds(search, { description: words })).toBe(true)
    expect(await finds(search, { labels: [words] })).toBe(true)
  })

  it.each(equalTexts)('by the label %j finds %j', async (one, other) => {
    const ada = newOwner('ada')
    await seedTasks(db, ada, [{ labels: [other, 'another'] }, { labels: ['another'] }])
    expect(await countTasks(db, ada, { labels: [one] })).toBe(1)
    expect(await countTasks(db, ada, { labels: ['ANOTHER', one, other] })).toBe(1)
  })

  it.each([
    ['%', 'done'],
    ['a_c', 'abc'],
    ['a%c', 'abbc'],
    ['e', 'É'],
    ['notes ', 'notes'],
    ...differentTexts,
  ])('for %j does not find %j', async (search, words) => {
    expect(await finds(search, { title: words, description: words, labels: [words] })).toBe(false)
  })

  it('does not match across title, description and labels', async () => {
    const task = { title: 'ab', description: 'cd', labels: ['ef', 'gh'] }
    expect(await finds('gh', task)).toBe(true)
    for (const search of ['bc', 'de', 'fg', 'f,g', 'f g', 'f\uffffg', 'fAg', '\uffff']) {
      expect(await finds(search, task)).toBe(false)
    }
  })
})

describe('a search of random text', () => {
  it(`finds what JavaScript finds in the case-folded text (TEST_SEED=${testSeed})`, async () => {
    const random = seededRandom(testSeed)
    const letters = ['a', 'b', 'é', 'я', '🎉', '🎊']
    const draw = (max: number) =>
      Array.from({ length: 1 + random() * max }, () => letters[Math.floor(random() * 6)]).join('')
    const ada = newOwner('ada')
    const seeded = Array.from({ length: 100 }, () => ({ title: draw(20), description: draw(40) }))
    await seedTasks(db, ada, seeded)
    for (let n = 0; n < 100; n++) {
      const search = draw(4)
      const expected = seeded.filter((task) =>
        [task.title, task.description].some((text) => text.includes(search)),
      )
      expect(await countTasks(db, ada, { search })).toBe(expected.length)
    }
  })
})

async function finds(search: string, task: Parameters<typeof seedTasks>[2][number]) {
  const ada = newOwner('ada')
  await seedTasks(db, ada, [{ title: 'abracadabra', ...task }])
  return (await countTasks(db, ada, { search })) === 1
}

async function listIds(ownerId: string, filter: TaskFilter): Promise<string[]> {
  const page = { limit: 1000, backward: false }
  return (await listTasks(db, ownerId, filter, byTitle, page)).map(({ id }) => id)
}

const conditions: TaskFilter[] = [
  { completed: true },
  { completed: false },
  { priority: ['LOW', 'HIGH'] },
  { labels: ['work'] },
  { labels: ['HOME', 'work'] },
  { dueOnOrAfter: '2026-12-03' },
  { dueOnOrBefore: '2026-12-06' },
  { search: 'a' },
]

function sharesKey(first: TaskFilter, second: TaskFilter): boolean {
  return Object.keys(first).some((key) => Object.hasOwn(second, key))
}

function randomTasks(count: number) {
  const random = seededRandom(testSeed)
  const pick = <T>(choices: readonly T[]) => choices.filter(() => random() < 0.5)
  return Array.from({ length: count }, () => ({
    title: pick(['a', 'b', 'c']).join(' ') || 'd',
    completedAt: random() < 0.5 ? completedAt : null,
    priority: (['LOW', 'MEDIUM', 'HIGH'] as const)[Math.floor(random() * 3)],
    dueOn: random() < 0.8 ? `2026-12-0${1 + Math.floor(random() * 8)}` : null,
    labels: pick(['Work', 'Home', 'Garden']),
  }))
}
