import { describe, expect, it } from 'vitest'
import type { TaskOrder } from './pages.ts'
import type { Task } from './tables.ts'
import { countTasks, listTasks } from './task-lists.ts'
import { createTask, findTask, findTasks, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { deleteCompletedTasks, deleteTask, emptyTrash, purgeTask, restoreTask } from './trash.ts'

const { db } = await databaseForFile()

const latest: TaskOrder = { field: 'DELETED_AT', direction: 'DESC' }

const listTrash = async (ownerId: string) => {
  const found = await listTasks(db, ownerId, {}, latest, { limit: 100, backward: false })
  return found.map(({ id }) => id)
}

async function make(ownerId: string, title = 'Write'): Promise<Task> {
  const task = await createTask(db, by(ownerId), newTask({ title, labels: ['Work'] }))
  if (typeof task === 'string') throw new Error(task)
  return task
}

describe('a task in the trash', () => {
  it('is in no answer but the trash, which has the latest deletion first', async () => {
    const ada = newOwner('ada')
    const [first, second, kept] = [await make(ada), await make(ada), await make(ada)]
    await deleteTask(db, by(ada), second.id)
    await deleteTask(db, by(ada), first.id)
    expect(await listTrash(ada)).toEqual([first.id, second.id])
    expect(await countTasks(db, ada, {})).toBe(1)
    expect(await countTasks(db, ada, { search: 'write' })).toBe(1)
    expect(await findTask(db, ada, first.id)).toBeUndefined()
    expect(await findTasks(db, ada, [first.id, kept.id])).toEqual([kept])
    expect(await updateTask(db, by(ada), first.id, { title: 'x' })).toBeUndefined()
    expect(await deleteTask(db, by(ada), first.id)).toBe(false)
  })

  it('is restored with the values that it had, once', async () => {
    const ada = newOwner('ada')
    const task = await make(ada)
    await deleteTask(db, by(ada), task.id)
    const restored = await restoreTask(db, by(ada), task.id)
    expect(restored).toEqual({ ...task, updatedAt: restored?.updatedAt })
    expect(await restoreTask(db, by(ada), task.id)).toBeUndefined()
    expect(await countTasks(db, ada, {})).toBe(1)
    expect(await listTrash(ada)).toEqual([])
  })

  it('is out of reach for another owner', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    const { id } = await make(ada)
    await deleteTask(db, by(ada), id)
    expect(await listTrash(bob)).toEqual([])
    expect(await restoreTask(db, by(bob), id)).toBeUndefined()
    expect(await purgeTask(db, by(bob), id)).toBe(false)
    expect(await emptyTrash(db, by(bob))).toEqual([])
    expect(await listTrash(ada)).toEqual([id])
  })

  it('is purged alone or with the whole trash, and a task that is not there is not', async () => {
    const ada = newOwner('ada')
    const [kept, one, other] = [await make(ada), await make(ada), await make(ada)]
    expect(await purgeTask(db, by(ada), kept.id)).toBe(false)
    for (const { id } of [one, other]) await deleteTask(db, by(ada), id)
    expect(await purgeTask(db, by(ada), one.id)).toBe(true)
    expect(await emptyTrash(db, by(ada))).toEqual([other.id])
    expect(await listTrash(ada)).toEqual([])
    expect(await countTasks(db, ada, {})).toBe(1)
  })

  it('keeps the idempotency key that created it, also when it is purged', async () => {
    const ada = newOwner('ada')
    const create = () => createTask(db, by(ada), newTask(), 'key')
    const task = await create()
    if (typeof task === 'string') throw new Error(task)
    await deleteTask(db, by(ada), task.id)
    expect(await create()).toBe('KEY_OF_A_DELETED_TASK')
    await purgeTask(db, by(ada), task.id)
    expect(await create()).toBe('KEY_OF_A_DELETED_TASK')
  })

  it('comes there with all completed tasks', async () => {
    const ada = newOwner('ada')
    const tasks = await seedTasks(db, ada, [{}, { completedAt: '2026-11-01T12:00:00.000Z' }])
    const ids = await deleteCompletedTasks(db, by(ada))
    expect(ids).toEqual(tasks.filter(({ completedAt }) => completedAt).map(({ id }) => id))
    expect(await listTrash(ada)).toEqual(ids)
  })
})
