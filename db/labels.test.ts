import { describe, expect, it } from 'vitest'
import { listLabels } from './labels.ts'
import { createTask, findTask, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { differentTexts, equalTexts } from './testing/odd-texts.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { deleteTask } from './trash.ts'

const { db } = await databaseForFile()

describe('listLabels', () => {
  it('counts the tasks with a label, open and completed', async () => {
    const ada = newOwner('ada')
    await make(ada, ['Work', 'Home'])
    const { id } = await make(ada, ['Work'])
    await updateTask(db, by(ada), id, { completed: true })
    await make(ada, [])
    expect(await listLabels(db, ada)).toEqual([
      { name: 'Home', taskCount: 1 },
      { name: 'Work', taskCount: 2 },
    ])
  })

  it('sorts by code point, case-insensitive', async () => {
    const ada = newOwner('ada')
    await make(ada, ['b', 'C', 'a', '\u{1f600}', '\uffe6', 'É', 'e', '_', '1'])
    const names = (await listLabels(db, ada)).map(({ name }) => name)
    expect(names).toEqual(['1', '_', 'a', 'b', 'C', 'e', 'É', '\uffe6', '\u{1f600}'])
  })

  it('leaves out a label that no task has', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada, ['Work', 'Home'])
    await updateTask(db, by(ada), id, { labels: ['Home'] })
    expect(await listLabels(db, ada)).toEqual([{ name: 'Home', taskCount: 1 }])
    await deleteTask(db, by(ada), id)
    expect(await listLabels(db, ada)).toEqual([])
  })

  it('separates the labels of owners', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    await make(ada, ['Work'])
    expect((await make(bob, ['WORK'])).labels).toEqual(['WORK'])
    expect(await listLabels(db, ada)).toEqual([{ name: 'Work', taskCount: 1 }])
    expect(await listLabels(db, bob)).toEqual([{ name: 'WORK', taskCount: 1 }])
  })
})

describe('a label', () => {
  it('keeps the spelling that its owner used first', async () => {
    const ada = newOwner('ada')
    await make(ada, ['Work'])
    expect((await make(ada, ['WORK', 'new'])).labels).toEqual(['Work', 'new'])
    expect(await listLabels(db, ada)).toEqual([
      { name: 'new', taskCount: 1 },
      { name: 'Work', taskCount: 2 },
    ])
  })

  it.each([
    ['Été', 'ÉTÉ'],
    ['Été', 'E\u0301te\u0301'], // the accents as combining characters
    ['ǰ', 'J\u030c'], // only the small letter has a composed form
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'], // sigma has another form at the end of a word
    ['ДЕЛО', 'дело'],
    ...equalTexts,
  ])('is the same in both spellings: %s, %s', async (first, second) => {
    const ada = newOwner('ada')
    await make(ada, [first])
    expect((await make(ada, [second])).labels).toEqual([first])
  })

  it.each([['work', 'works'], ['a b', 'a  b'], ...differentTexts])(
    'is another label when more than case differs: %s, %s',
    async (first, second) => {
      const ada = newOwner('ada')
      await make(ada, [first])
      expect((await make(ada, [second])).labels).toEqual([second])
    },
  )

  it('appears once on a task, at its first position', async () => {
    const ada = newOwner('ada')
    expect((await make(ada, ['b', 'A', 'B', 'a', 'c'])).labels).toEqual(['b', 'A', 'c'])
  })

  it('takes the new spelling when no other task has it', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada, ['Work'])
    expect(await updateTask(db, by(ada), id, { labels: ['WORK'] })).toMatchObject({
      labels: ['WORK'],
    })
    expect(await listLabels(db, ada)).toEqual([{ name: 'WORK', taskCount: 1 }])
    await deleteTask(db, by(ada), id)
    // The task may be restored.
    expect((await make(ada, ['work'])).labels).toEqual(['WORK'])
  })

  it('takes the new spelling for its owner only', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    await make(bob, ['Work'])
    const { id } = await make(ada, ['Work'])
    await updateTask(db, by(ada), id, { labels: ['WORK'] })
    expect(await listLabels(db, ada)).toEqual([{ name: 'WORK', taskCount: 1 }])
    expect(await listLabels(db, bob)).toEqual([{ name: 'Work', taskCount: 1 }])
  })

  it('keeps its spelling when another task has it', async () => {
    const ada = newOwner('ada')
    const [first] = [await make(ada, ['Work']), await make(ada, ['Work'])]
    expect(await updateTask(db, by(ada), first.id, { labels: ['WORK'] })).toEqual(first)
  })

  it('gets one spelling from many concurrent writers', async () => {
    const ada = newOwner('ada')
    const spellings = ['Work', 'WORK', 'work', 'wOrK']
    const made = await Promise.all(
      Array.from({ length: 24 }, (_, n) => make(ada, [spellings[n % 4] ?? 'Work'])),
    )
    const [first] = made[0]?.labels ?? []
    expect(spellings).toContain(first)
    expect(made.map(({ labels }) => labels)).toEqual(made.map(() => [first]))
    expect(await listLabels(db, ada)).toEqual([{ name: first, taskCount: 24 }])
  })

  it('causes no deadlock between writers that give labels in different orders', async () => {
    const ada = newOwner('ada')
    const names = ['a', 'b', 'c', 'd', 'e']
    const orders = [names, names.toReversed(), ['c', 'A', 'e', 'B', 'd']]
    const tasks = await Promise.all(
      Array.from({ length: 12 }, (_, n) => make(ada, orders[n % 3] ?? [])),
    )
    await Promise.all(
      tasks.map(({ id }, n) => updateTask(db, by(ada), id, { labels: orders[(n + 1) % 3] })),
    )
    expect((await listLabels(db, ada)).map(({ taskCount }) => taskCount)).toEqual([
      12, 12, 12, 12, 12,
    ])
  })

  it('has one spelling after concurrent creating, renaming and deleting', async () => {
    const ada = newOwner('ada')
    for (let round = 0; round < 10; round++) {
      const [kept, dropped] = await Promise.all([make(ada, ['Work']), make(ada, ['Work'])])
      const [made] = await Promise.all([
        make(ada, ['WORK']),
        updateTask(db, by(ada), kept.id, { labels: ['wORK'] }),
        deleteTask(db, by(ada), dropped.id),
      ])
      const [label, ...others] = await listLabels(db, ada)
      expect(others).toEqual([])
      expect(await findTask(db, ada, made.id)).toMatchObject({ labels: [label?.name] })
      expect(await findTask(db, ada, kept.id)).toMatchObject({ labels: [label?.name] })
      await Promise.all([made, kept].map(({ id }) => deleteTask(db, by(ada), id)))
    }
  })
})

async function make(ownerId: string, labels: string[]) {
  const task = await createTask(db, by(ownerId), newTask({ labels }))
  if (typeof task === 'object') return task
  throw new Error(`A task was expected, not ${task}.`)
}
