import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Author, transactionAs } from './as-owner.ts'
import { dryRun } from './dry-run.ts'
import { countTasksOf } from './owners.ts'
import type { Task, TaskRepeat } from './tables.ts'
import { everyChangeColumn, readChanges } from './task-history.ts'
import { createTask, findNextTask, findTask, type TaskChange, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { deleteTask, restoreTask } from './trash.ts'
import { undoChanges } from './undo.ts'

const { db, pool } = await databaseForFile()

const weekly: TaskRepeat = { every: 1, unit: 'WEEK', from: 'DUE_DATE' }
const monthly: TaskRepeat = { every: 1, unit: 'MONTH', from: 'DUE_DATE' }

/** Ada, a task of hers that repeats, and functions that read and write as she does. */
async function start(values: Parameters<typeof newTask>[0] = {}) {
  const ada = by(newOwner('ada'))
  const given = newTask({ dueOn: '2999-03-01', repeat: weekly, ...values })
  const task = (await createTask(db, ada, given)) as Task
  const edit = async (id: string, change: TaskChange, author: Author = ada) =>
    (await updateTask(db, author, id, change)) as Task
  return {
    ada,
    task,
    edit,
    complete: (id = task.id) => edit(id, { completed: true }),
    reopen: (id = task.id) => edit(id, { completed: false }),
    next: (id = task.id) => findNextTask(db, ada.ownerId, id),
    changes: async () => {
      const request = { after: 0, limit: 99, columns: everyChangeColumn }
      return (await readChanges(db, ada.ownerId, request)).changes
    },
    listFollowers: async () => {
      const text = 'select deleted_at is null as "isOpen" from tasks where follows = $1'
      const isOpen = (await pool.query(text, [task.id])).rows.map((row) => row.isOpen)
      return isOpen
    },
  }
}

describe('completing a task that repeats', () => {
  it('makes its next task with the same values', async () => {
    const values = { title: 'Pay the rent', description: 'By card', priority: 'HIGH' } as const
    const { task, complete, next } = await start({ ...values, labels: ['Home', 'Money'] })
    await complete()
    const made = await next()
    expect(made).toMatchObject({ ...values, labels: ['Home', 'Money'], repeat: weekly })
    expect(made).toMatchObject({ dueOn: '2999-03-08', completedAt: null, follows: task.id })
    expect(made?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/)
  })

  it('makes none of a task that does not repeat, or does not repeat any more', async () => {
    const { edit, next, task } = await start()
    await edit(task.id, { completed: true, repeat: null })
    expect(await next()).toBeUndefined()
    expect(await findTask(db, by(task.userId).ownerId, task.id)).toMatchObject({ repeat: null })
  })

  it('makes one, however often and from however many connections', async () => {
    const { complete, reopen, listFollowers } = await start()
    await Promise.all(Array.from({ length: 8 }, () => complete()))
    await Promise.all([reopen(), complete(), reopen(), complete(), reopen(), complete()])
    await complete()
    expect(await listFollowers()).toEqual([true])
  })

  it('aims at the day of the month of the first due date', async () => {
    const { task, complete, next } = await start({ dueOn: '2999-01-31', repeat: monthly })
    const dates = []
    for (let id = task.id; dates.length < 4; ) {
      await complete(id)
      const made = (await next(id)) as Task
      dates.push(made.dueOn)
      id = made.id
    }
    expect(dates).toEqual(['2999-02-28', '2999-03-31', '2999-04-30', '2999-05-31'])
  })

  it('aims at the day of a due date that is set later, and not if the same one is set', async () => {
    const { task, complete, edit, next } = await start({ dueOn: '2999-01-31', repeat: monthly })
    await complete()
    const february = (await next()) as Task
    const same = await edit(february.id, { dueOn: february.dueOn, repeat: monthly })
    expect(same).toMatchObject({ updatedAt: february.updatedAt, repeat: { day: 31 } })
    await edit(february.id, { dueOn: '2999-02-27' })
    await complete(february.id)
    expect(await next(february.id)).toMatchObject({ dueOn: '2999-03-27', repeat: monthly })
    expect(task.repeat).toEqual(monthly)
  })

  it('counts from the day of the completion, in UTC, when asked to or without a due date', async () => {
    const everyDay = { every: 3, unit: 'DAY' } as const
    for (const [from, dueOn] of [
      ['COMPLETION', '2999-01-01'],
      ['DUE_DATE', null],
    ] as const) {
      const { complete, next } = await start({ dueOn, repeat: { ...everyDay, from } })
      const { completedAt } = await complete()
      const expected = new Date(Date.parse(String(completedAt)) + 3 * 86_400_000)
      expect((await next())?.dueOn).toBe(expected.toISOString().slice(0, 10))
    }
  })

  it('leaves out the dates that have passed in every time zone', async () => {
    const { complete, next } = await start({
      dueOn: '2020-01-01',
      repeat: { ...weekly, unit: 'DAY' },
    })
    const { completedAt } = await complete()
    const furthestWest = Date.parse(String(completedAt)) - 12 * 3_600_000
    const expected = new Date(furthestWest + 86_400_000).toISOString().slice(0, 10)
    expect((await next())?.dueOn).toBe(expected)
  })

  it('ends with the last date of the API', async () => {
    const { complete, next } = await start({ dueOn: '9999-12-28' })
    await complete()
    expect(await next()).toBeUndefined()
  })

  it('counts and records the next task after the completion', async () => {
    const { ada, task, complete, next, changes } = await start()
    await complete()
    const made = await next()
    const kinds = (await changes()).map(({ kind, taskId, after }) => [kind, taskId, after?.repeat])
    expect(kinds).toEqual([
      ['CREATED', task.id, weekly],
      ['UPDATED', task.id, weekly],
      ['CREATED', made?.id, weekly],
    ])
    expect(await countTasksOf(db, ada.ownerId)).toBe(2)
  })

  it('reads and changes no task of another owner, also with the same ids', async () => {
    const { ada, task, complete, reopen, next } = await start()
    const bob = by(newOwner('bob'))
    const add = (id: string, follows: string) =>
      runTextAs(
        db,
        bob,
        `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys, follows)
         values ($1, $2, 'Bob', 'bob', 'LOW', '{}', '{}', $3)`,
        [bob.ownerId, id, follows],
      )
    const listOfBob = async () =>
      (await pool.query('select * from tasks where user_id = $1 order by id', [bob.ownerId])).rows
    await add(task.id, randomUUID())
    await add(randomUUID(), task.id)
    await complete()
    const made = await next()
    expect(made).toMatchObject({ title: task.title })
    await reopen()
    await add(String(made?.id), randomUUID())
    const before = await listOfBob()
    await complete()
    expect(await next()).toMatchObject({ id: made?.id, title: task.title })
    await reopen()
    expect(await findNextTask(db, ada.ownerId, task.id)).toBeUndefined()
    expect(await listOfBob()).toEqual(before)
  })

  it('is left out of a dry run', async () => {
    const { ada, task, next } = await start()
    await dryRun(
      db,
      () => false,
      async (dry) => {
        await updateTask(dry, ada, task.id, { completed: true })
        expect(await findNextTask(dry, ada.ownerId, task.id)).toBeDefined()
      },
    )
    expect(await next()).toBeUndefined()
  })
})

describe('reopening a task that repeats', () => {
  it('moves its next task to the trash, and completing it again takes it out, as the task is now', async () => {
    const { task, complete, reopen, edit, next, listFollowers } = await start()
    await complete()
    const made = await next()
    await reopen()
    expect(await next()).toBeUndefined()
    await edit(task.id, { title: 'Water all plants', dueOn: '2999-04-05' })
    await complete()
    expect(await next()).toMatchObject({
      id: made?.id,
      title: 'Water all plants',
      dueOn: '2999-04-12',
    })
    await reopen()
    expect(await listFollowers()).toEqual([false])
  })

  it.for<[string, (id: string, ada: Author) => Promise<unknown>]>([
    ['was changed', (id, ada) => updateTask(db, ada, id, { priority: 'LOW' })],
    ['was completed', (id, ada) => updateTask(db, ada, id, { completed: true })],
    [
      'was in the trash',
      async (id, ada) => {
        await deleteTask(db, ada, id)
        await restoreTask(db, ada, id)
      },
    ],
  ])('keeps a next task that %s, and makes no second one', async ([, change]) => {
    const { ada, complete, reopen, next, listFollowers } = await start()
    await complete()
    await change(String((await next())?.id), ada)
    const changed = await next()
    await reopen()
    await complete()
    expect(await next()).toEqual(changed)
    expect(await listFollowers()).toEqual([true])
  })
})

describe('undoing', () => {
  it('a completion takes the next task back, and redoing it restores that', async () => {
    const { ada, complete, next, changes, listFollowers } = await start()
    await complete()
    const made = await next()
    const completion = 2
    const undone = await undoChanges(db, ada, { positions: [completion] })
    expect(undone?.changes.map(({ undoes }) => undoes)).toEqual([completion])
    expect(await listFollowers()).toEqual([false])
    const [undo] = undone?.changes ?? []
    await undoChanges(db, ada, { positions: [Number(undo?.position)] })
    expect(await next()).toMatchObject({ id: made?.id, dueOn: '2999-03-08' })
    expect((await changes()).map(({ kind, undoes }) => [kind, undoes])).toEqual([
      ['CREATED', null],
      ['UPDATED', null],
      ['CREATED', null],
      ['UPDATED', 2],
      ['DELETED', null],
      ['UPDATED', 4],
      ['RESTORED', null],
    ])
  })

  it('all changes of an actor takes a completion and its next task back', async () => {
    const { ada, task, edit, listFollowers } = await start()
    const script = { kind: 'ACCESS_TOKEN', id: 'script', name: 'Script' } as const
    await edit(task.id, { completed: true }, { ...ada, actor: script })
    const outcome = await undoChanges(db, ada, { actor: script })
    expect(outcome).toMatchObject({ conflicts: [], hasMore: false })
    expect(outcome?.changes).toHaveLength(2)
    expect(await listFollowers()).toEqual([false])
    expect(await findTask(db, ada.ownerId, task.id)).toMatchObject({ completedAt: null })
  })

  it('a change of the repetition restores the earlier one', async () => {
    const { ada, task, edit } = await start()
    await edit(task.id, { repeat: { ...weekly, weekdays: ['MONDAY'] } })
    await edit(task.id, { repeat: null })
    const find = async () => (await findTask(db, ada.ownerId, task.id))?.repeat
    await undoChanges(db, ada, { positions: [3] })
    expect(await find()).toEqual({ ...weekly, weekdays: ['MONDAY'] })
    await undoChanges(db, ada, { positions: [2] })
    expect(await find()).toEqual(weekly)
  })

  it('of the version before keeps a repetition that it does not know', async () => {
    const { ada, task, edit } = await start()
    await edit(task.id, { title: 'Other' })
    const { title, description, completedAt, dueOn, priority, labels, deletedAt } = task
    const state = { title, description, completedAt, dueOn, priority, labels, deletedAt }
    const keys = { titleKey: 'write the notes', descriptionKey: null, labelKeys: [] }
    const passes = JSON.stringify([[{ id: task.id, undoes: 2, ...state, ...keys }]])
    await transactionAs(db, ada, (tx) => tx.execute(`select take_back('${passes}'::jsonb)`))
    expect(await findTask(db, ada.ownerId, task.id)).toMatchObject({ title, repeat: weekly })
  })
})
