import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { listLabels } from './labels.ts'
import { countTasks, listTasks } from './task-lists.ts'
import {
  createTask,
  findTask,
  findTasks,
  type TaskChange,
  type TaskValues,
  updateTask,
} from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { seededRandom, testSeed } from './testing/random.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { deleteCompletedTasks, deleteTask } from './trash.ts'

const { db } = await databaseForFile()

const newestFirst = { field: 'CREATED_AT', direction: 'DESC' } as const
const firstPage = { limit: 100, backward: false }

describe('createTask', () => {
  it('stores all given values, and starts open with two equal times', async () => {
    const ada = newOwner('ada')
    const values = newTask({
      title: 'Água e Sal',
      description: 'Two lines\nof text',
      dueOn: '2026-12-24',
      priority: 'HIGH',
      labels: ['Home', 'Été'],
    })
    const task = await make(ada, values)
    expect(task).toMatchObject({ ...values, userId: ada, completedAt: null })
    expect(task.updatedAt).toEqual(task.createdAt)
    expect(await findTask(db, ada, task.id)).toEqual(task)
  })

  it(`stores and finds the longest title (TEST_SEED=${testSeed})`, async () => {
    // Composed, each of these takes twelve bytes. An index entry has at most 2,704.
    const notes = ['\u{1d15e}', '\u{1d15f}', '\u{1d160}', '\u{1d161}', '\u{1d162}', '\u{1d163}']
    const random = seededRandom(testSeed)
    const title = Array.from({ length: 255 }, () => notes[Math.floor(random() * 6)]).join('')
    const ada = newOwner('ada')
    const task = await make(ada, newTask({ title }))
    expect(await findTask(db, ada, task.id)).toMatchObject({ title })
  })
})

describe('updateTask', () => {
  const changes: TaskChange[] = [
    { title: 'Read the notes' },
    { description: 'On paper' },
    { dueOn: '2027-01-31' },
    { priority: 'LOW' },
    { labels: ['Work', 'Home'] },
    { completed: true },
    { title: 'Read the notes', description: 'On paper', dueOn: '2027-01-31', priority: 'LOW' },
  ]

  it.each(changes)('changes %o and nothing else', async (change) => {
    const ada = newOwner('ada')
    const before = await make(ada)
    const after = await edit(ada, before.id, change)
    const { completed, ...values } = change
    expect(after).toMatchObject({
      ...newTask(),
      ...values,
      id: before.id,
      createdAt: before.createdAt,
      completedAt: completed ? expect.any(String) : null,
    })
    expect(await findTask(db, ada, before.id)).toEqual(after)
  })

  it('clears description and due date with null', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada, newTask({ description: 'On paper', dueOn: '2027-01-31' }))
    expect(await edit(ada, id, { description: null, dueOn: null })).toMatchObject({
      description: null,
      descriptionKey: null,
      dueOn: null,
    })
  })

  it('moves updatedAt strictly forward with every change', async () => {
    const ada = newOwner('ada')
    const { id, updatedAt } = await make(ada)
    const times = [Date.parse(updatedAt)]
    for (let n = 0; n < 20; n++) {
      times.push(Date.parse((await edit(ada, id, { title: `Draft ${n}` })).updatedAt))
    }
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
  })

  it('gives each concurrent change its own time', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada)
    const changed = await Promise.all(
      Array.from({ length: 20 }, (_, n) => edit(ada, id, { title: `Draft ${n}` })),
    )
    expect(new Set(changed.map((task) => task.updatedAt)).size).toBe(20)
    const last = changed.reduce((a, b) => (a.updatedAt > b.updatedAt ? a : b))
    expect(await findTask(db, ada, id)).toEqual(last)
  })

  it('changes nothing of the task when no value differs', async () => {
    const ada = newOwner('ada')
    const values = newTask({ description: 'On paper', dueOn: '2027-01-31', labels: ['Work'] })
    const task = await make(ada, values)
    expect(await edit(ada, task.id, { ...values, completed: false })).toEqual(task)
    expect(await edit(ada, task.id, {})).toEqual(task)
  })

  it('keeps the first completion time when it is completed again', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada)
    const first = await edit(ada, id, { completed: true })
    expect(first.completedAt).not.toBeNull()
    expect(await edit(ada, id, { completed: true })).toEqual(first)
    const renamed = await edit(ada, id, { completed: true, title: 'Read the notes' })
    expect(renamed.completedAt).toEqual(first.completedAt)
  })

  it('completes once for many concurrent requests', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => edit(ada, id, { completed: true })),
    )
    expect(new Set(answers.map((task) => task.completedAt)).size).toBe(1)
    expect(new Set(answers.map((task) => task.updatedAt)).size).toBe(1)
  })

  it('clears the completion time when the task is reopened', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada)
    const completed = await edit(ada, id, { completed: true })
    const reopened = await edit(ada, id, { completed: false })
    expect(reopened.completedAt).toBeNull()
    expect(reopened.updatedAt > completed.updatedAt).toBe(true)
    expect(await edit(ada, id, { completed: false })).toEqual(reopened)
  })

  it('applies a change whose ifUpdatedAt still holds', async () => {
    const ada = newOwner('ada')
    const task = await make(ada)
    expect(
      await updateTask(db, by(ada), task.id, { title: 'Read the notes' }, task.updatedAt),
    ).toMatchObject({ title: 'Read the notes' })
  })

  it('returns STALE and changes nothing, not even a spelling, when ifUpdatedAt is old', async () => {
    const ada = newOwner('ada')
    const task = await make(ada, newTask({ labels: ['Work'] }))
    const current = await edit(ada, task.id, { title: 'Read the notes' })
    const change = { title: 'Burn the notes', labels: ['WORK', 'Fire'], completed: true }
    expect(await updateTask(db, by(ada), task.id, change, task.updatedAt)).toBe('STALE')
    expect(await findTask(db, ada, task.id)).toEqual(current)
    expect(await listLabels(db, ada)).toEqual([{ name: 'Work', taskCount: 1 }])
  })

  it.each([{ title: 'Read the notes' }, { labels: ['Work'] }])(
    'lets exactly one of many requests with the same ifUpdatedAt change %o',
    async (change) => {
      const ada = newOwner('ada')
      const task = await make(ada)
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => updateTask(db, by(ada), task.id, change, task.updatedAt)),
      )
      expect(answers.filter((answer) => answer !== 'STALE')).toEqual([
        await findTask(db, ada, task.id),
      ])
    },
  )

  it('writes nothing when a part of it fails', async () => {
    const ada = newOwner('ada')
    const task = await make(ada, newTask({ labels: ['Work'] }))
    const change = { title: 'no\0title', labels: ['WORK', 'Fire'] }
    await expect(updateTask(db, by(ada), task.id, change)).rejects.toThrow()
    expect(await findTask(db, ada, task.id)).toEqual(task)
    expect(await listLabels(db, ada)).toEqual([{ name: 'Work', taskCount: 1 }])
  })
})

describe('deleteTask', () => {
  it('returns true once, and the task stays deleted', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada)
    const other = await make(ada)
    expect(await deleteTask(db, by(ada), id)).toBe(true)
    expect(await deleteTask(db, by(ada), id)).toBe(false)
    expect(await findTask(db, ada, id)).toBeUndefined()
    expect(await updateTask(db, by(ada), id, { title: 'Back' })).toBeUndefined()
    expect(await listTasks(db, ada, {}, newestFirst, firstPage)).toEqual([other])
  })

  it('returns true for one of many concurrent requests', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada)
    const answers = await Promise.all(Array.from({ length: 10 }, () => deleteTask(db, by(ada), id)))
    expect(answers.filter(Boolean)).toHaveLength(1)
  })
})

describe('deleteCompletedTasks', () => {
  it('deletes the completed tasks of its owner and returns their ids', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    const open = await make(ada)
    const done = [await makeCompleted(ada), await makeCompleted(ada)]
    const foreign = await makeCompleted(bob)
    expect(new Set(await deleteCompletedTasks(db, by(ada)))).toEqual(
      new Set(done.map(({ id }) => id)),
    )
    expect(await deleteCompletedTasks(db, by(ada))).toEqual([])
    expect(await listTasks(db, ada, {}, newestFirst, firstPage)).toEqual([open])
    expect(await findTask(db, bob, foreign.id)).toEqual(foreign)
  })
})

describe("another owner's task", () => {
  it('is like a missing task when it is read', async () => {
    const { ada, bob, task } = await bobsTask()
    expect(await findTask(db, ada, task.id)).toBeUndefined()
    expect(await findTasks(db, ada, [task.id, randomUUID()])).toEqual([])
    expect(await listTasks(db, ada, {}, newestFirst, firstPage)).toEqual([])
    expect(await listTasks(db, ada, { search: 'notes' }, newestFirst, firstPage)).toEqual([])
    expect(await countTasks(db, ada, {})).toBe(0)
    expect(await listLabels(db, ada)).toEqual([])
    expect(await findTasks(db, bob, [task.id])).toEqual([task])
  })

  it('is like a missing task when it is written', async () => {
    const { ada, bob, task } = await bobsTask()
    const changes: TaskChange[] = [{ title: 'Mine' }, { labels: ['WORK'] }, { completed: true }, {}]
    for (const change of changes) {
      expect(await updateTask(db, by(ada), task.id, change)).toBeUndefined()
      expect(await updateTask(db, by(ada), task.id, change, task.updatedAt)).toBeUndefined()
      expect(
        await updateTask(db, by(ada), task.id, change, '1970-01-01T00:00:00.000Z'),
      ).toBeUndefined()
    }
    expect(await deleteTask(db, by(ada), task.id)).toBe(false)
    expect(await deleteCompletedTasks(db, by(ada))).toEqual([])
    expect(await findTask(db, bob, task.id)).toEqual(task)
    expect(await listLabels(db, bob)).toEqual([{ name: 'Work', taskCount: 1 }])
  })

  async function bobsTask() {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    return { ada, bob, task: await makeCompleted(bob, newTask({ labels: ['Work'] })) }
  }
})

async function make(ownerId: string, values: TaskValues = newTask()) {
  return found(await createTask(db, by(ownerId), values))
}

async function makeCompleted(ownerId: string, values?: TaskValues) {
  return edit(ownerId, (await make(ownerId, values)).id, { completed: true })
}

async function edit(ownerId: string, id: string, change: TaskChange) {
  return found(await updateTask(db, by(ownerId), id, change))
}

function found<Task extends object>(answer: Task | string | undefined): Task {
  if (typeof answer === 'object') return answer
  throw new Error(`A task was expected, not ${answer}.`)
}
