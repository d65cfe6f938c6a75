import { describe, expect, it } from 'vitest'
import { listLabels } from './labels.ts'
import { countTasks } from './task-lists.ts'
import { createTask, findTask, type TaskValues, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { deleteTask } from './trash.ts'

const { db, pool } = await databaseForFile()

describe('createTask with an idempotency key', () => {
  it('answers a retry with the current state of the task', async () => {
    const ada = newOwner('ada')
    const values = newTask({ labels: ['Work'] })
    const first = await make(ada, values, 'key')
    expect(await createTask(db, by(ada), values, 'key')).toEqual(first)
    const changed = await updateTask(db, by(ada), first.id, { title: 'Read the notes' })
    expect(await createTask(db, by(ada), values, 'key')).toEqual(changed)
    expect(await countTasks(db, ada, {})).toBe(1)
  })

  it.each([newTask(), newTask({ labels: ['Work', 'Home'] })])(
    'creates one task for many concurrent retries: %o',
    async (values) => {
      const ada = newOwner('ada')
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => createTask(db, by(ada), values, 'key')),
      )
      const made = await make(ada, values, 'key')
      expect(answers).toEqual(answers.map(() => made))
      expect(await countTasks(db, ada, {})).toBe(1)
    },
  )

  it('creates a task for each key and each owner', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    await make(ada, newTask(), 'key')
    await make(ada, newTask(), 'KEY')
    await make(bob, newTask(), 'key')
    expect(await countTasks(db, ada, {})).toBe(2)
    expect(await countTasks(db, bob, {})).toBe(1)
  })

  it.each<Partial<TaskValues>>([
    { title: 'write the notes' },
    { description: '' },
    { dueOn: '2026-12-24' },
    { priority: 'HIGH' },
    { labels: ['WORK'] },
    { labels: [] },
    { labels: ['Work', 'Home'] },
  ])('refuses the key of another input: %o', async (difference) => {
    const ada = newOwner('ada')
    const values = newTask({ labels: ['Work'] })
    await make(ada, values, 'key')
    const answer = await createTask(db, by(ada), { ...values, ...difference }, 'key')
    expect(answer).toBe('KEY_OF_ANOTHER_INPUT')
    expect(await countTasks(db, ada, {})).toBe(1)
    expect(await listLabels(db, ada)).toEqual([{ name: 'Work', taskCount: 1 }])
  })

  it('creates no second task after the first is deleted', async () => {
    const ada = newOwner('ada')
    const { id } = await make(ada, newTask(), 'key')
    await deleteTask(db, by(ada), id)
    expect(await createTask(db, by(ada), newTask(), 'key')).toBe('KEY_OF_A_DELETED_TASK')
    expect(await createTask(db, by(ada), newTask({ title: 'Other' }), 'key')).toBe(
      'KEY_OF_ANOTHER_INPUT',
    )
    expect(await countTasks(db, ada, {})).toBe(0)
  })

  it('never returns the task of another owner, even if the key points to it', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    await make(bob, newTask(), 'key')
    await pool.query(
      'insert into task_creations select $1, key, fingerprint, task_id from task_creations where user_id = $2',
      [ada, bob],
    )
    expect(await createTask(db, by(ada), newTask(), 'key')).toBe('KEY_OF_A_DELETED_TASK')
  })

  it('leaves no task, key or label when a part of it fails', async () => {
    const ada = newOwner('ada')
    const broken = newTask({ title: 'no\0title', labels: ['Work'] })
    await expect(createTask(db, by(ada), broken, 'key')).rejects.toThrow()
    const task = await make(ada, newTask({ labels: ['WORK'] }), 'key')
    expect(await findTask(db, ada, task.id)).toMatchObject({ labels: ['WORK'] })
    expect(await countTasks(db, ada, {})).toBe(1)
  })
})

async function make(ownerId: string, values: TaskValues, key: string) {
  const task = await createTask(db, by(ownerId), values, key)
  if (typeof task === 'object') return task
  throw new Error(`A task was expected, not ${task}.`)
}
