import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { setLimits } from './actor-brakes.ts'
import type { Actor } from './actors.ts'
import { type Author, transactionAs } from './as-owner.ts'
import { dryRun } from './dry-run.ts'
import { listLabels } from './labels.ts'
import { countTasksOf } from './owners.ts'
import { type Task, taskChanges, tasks } from './tables.ts'
import { readChanges } from './task-history.ts'
import { createTask, findTask, type TaskChange, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { deleteCompletedTasks, deleteTask, emptyTrash, restoreTask } from './trash.ts'
import { type UndoRequest, undoChanges } from './undo.ts'

const { db, pool } = await databaseForFile()
const script: Actor = { kind: 'ACCESS_TOKEN', id: 'script', name: 'Backup script' }

/** Ada, her script, and functions that write as one of them. */
function start() {
  const ada = by(newOwner('ada'))
  const byScript: Author = { ...ada, actor: script }
  return {
    ada,
    byScript,
    make: async (author = byScript, values = {}) =>
      (await createTask(db, author, newTask(values))) as Task,
    edit: (id: string, change: TaskChange, author = byScript) => updateTask(db, author, id, change),
    find: (id: string) => findTask(db, ada.ownerId, id),
    undo: (request: UndoRequest = { actor: script }) => undoChanges(db, ada, request),
    undoersOf: async () => {
      const request = { after: 0, limit: 9, columns: ['undoneBy'] } as const
      const { changes } = await readChanges(db, ada.ownerId, request)
      return changes.map(({ undoneBy }) => undoneBy)
    },
    history: () =>
      transactionAs(db, ada.ownerId, (tx) =>
        tx
          .select()
          .from(taskChanges)
          .where(eq(taskChanges.userId, ada.ownerId))
          .orderBy(taskChanges.position),
      ),
  }
}

const reasons = (outcome: Awaited<ReturnType<typeof undoChanges>>) =>
  outcome?.conflicts.map(({ change, reason }) => [change.position, reason])

describe('undoChanges', () => {
  it('takes all changes of an actor back, each as a change of its own', async () => {
    const { ada, byScript, make, edit, find, undo } = start()
    const task = await make(ada, { labels: ['Work'], description: 'On paper' })
    await edit(task.id, { title: 'Other', labels: ['Home', 'Work'], completed: true })
    await edit(task.id, { description: null, dueOn: '2027-01-31' })
    await deleteTask(db, byScript, task.id)
    const outcome = await undo()
    expect(outcome).toMatchObject({ conflicts: [], hasMore: false })
    expect(
      outcome?.changes.map(({ kind, undoes, actorKind }) => [kind, undoes, actorKind]),
    ).toEqual([
      ['RESTORED', 4, 'PERSON'],
      ['UPDATED', 3, 'PERSON'],
      ['UPDATED', 2, 'PERSON'],
    ])
    const { updatedAt, ...values } = task
    expect(await find(task.id)).toMatchObject(values)
    expect((await find(task.id))?.updatedAt).not.toBe(updatedAt)
  })

  it('completes a task again at the exact time', async () => {
    const { ada, make, edit, find, undo } = start()
    const { id } = await make(ada)
    const completed = (await edit(id, { completed: true }, ada)) as Task
    await edit(id, { completed: false })
    await undo()
    expect((await find(id))?.completedAt).toBe(completed.completedAt)
  })

  it('moves a created task to the trash, and undoing that restores it', async () => {
    const { make, find, undo } = start()
    const task = await make()
    const outcome = await undo()
    expect(outcome?.changes).toMatchObject([{ kind: 'DELETED', undoes: 1 }])
    expect(await find(task.id)).toBeUndefined()
    expect(outcome?.changes[0]?.task).toMatchObject({ id: task.id, deletedAt: expect.any(String) })
    const back = await undo({ positions: [2] })
    expect(back?.changes).toMatchObject([{ kind: 'RESTORED', undoes: 2 }])
    expect(await find(task.id)).toMatchObject({ title: task.title })
    // The creation is in effect again, so it can be undone again.
    expect((await undo({ positions: [1] }))?.changes).toMatchObject([{ undoes: 1 }])
  })

  it('can be undone and done again any number of times', async () => {
    const { ada, byScript, make, find, undo } = start()
    const { id } = await make(ada)
    await deleteTask(db, byScript, id)
    for (const times of [1, 2, 3]) {
      expect((await undo())?.changes, `${times}`).toMatchObject([{ kind: 'RESTORED', undoes: 2 }])
      expect(await find(id)).toBeDefined()
      const last = (await undo({ positions: [2 * times + 1] }))?.changes
      expect(last).toMatchObject([{ kind: 'DELETED', undoes: 2 * times + 1 }])
      expect(await find(id)).toBeUndefined()
    }
  })

  it('leaves a change in effect again when it is undone itself', async () => {
    const { ada, make, edit, undo, undoersOf } = start()
    const { id } = await make(ada)
    await edit(id, { title: 'Other' }) // 2
    await undo() // 3
    expect(await undoersOf()).toEqual([null, 3, null])
    await undo({ positions: [3] }) // 4
    expect(await undoersOf()).toEqual([null, null, 4, null])
  })

  it('leaves no trace in a dry run, which answers as the real one', async () => {
    const { ada, make, edit, undo, find, history } = start()
    const { id } = await make(ada)
    await edit(id, { title: 'Other' })
    const before = [await find(id), await history()]
    const tried = await dryRun(
      db,
      () => false,
      (dry) => undoChanges(dry, ada, { actor: script }),
    )
    expect([await find(id), await history()]).toEqual(before)
    const isTime = expect.any(String)
    expect((await undo())?.changes).toEqual(
      tried?.changes.map((change) => ({
        ...change,
        occurredAt: isTime,
        task: { ...change.task, updatedAt: isTime },
      })),
    )
    expect(tried?.changes).toHaveLength(1)
  })

  it('leaves a field that another actor has changed since, and takes back the other fields', async () => {
    const { ada, make, edit, find, undo } = start()
    const { id } = await make(ada)
    await edit(id, { title: 'Of the script' }) // 2
    await edit(id, { priority: 'HIGH' }) // 3
    await edit(id, { title: 'Of Ada' }, ada) // 4
    expect(reasons(await undo())).toEqual([[2, 'CHANGED_SINCE']])
    expect(await find(id)).toMatchObject({ title: 'Of Ada', priority: 'MEDIUM' })
  })

  it('moves no created task to the trash that another actor has changed', async () => {
    const { ada, make, edit, find, undo } = start()
    const { id } = await make()
    await edit(id, { priority: 'HIGH' }, ada)
    expect(reasons(await undo())).toEqual([[1, 'CHANGED_SINCE']])
    expect(await find(id)).toBeDefined()
  })

  it('changes a task in the trash, where it stays', async () => {
    const { ada, make, edit, undo } = start()
    const { id, title } = await make(ada)
    await edit(id, { title: 'One' })
    await deleteTask(db, ada, id)
    const outcome = await undo()
    expect(outcome?.changes).toMatchObject([{ kind: 'UPDATED', task: { title } }])
    expect(await restoreTask(db, ada, id)).toMatchObject({ title })
  })

  it('restores no task that the person has deleted again', async () => {
    const { ada, byScript, make, undo } = start()
    const { id } = await make(ada)
    await deleteTask(db, byScript, id) // 2
    await restoreTask(db, ada, id)
    await deleteTask(db, ada, id)
    expect(reasons(await undo())).toEqual([[2, 'CHANGED_SINCE']])
  })

  it('takes back a change that only changes in the same call have changed since', async () => {
    const { ada, make, edit, find, undo } = start()
    const { id, title } = await make(ada)
    await edit(id, { title: 'One' }) // 2
    await edit(id, { title: 'Two' }) // 3
    expect(reasons(await undo({ positions: [2] }))).toEqual([[2, 'CHANGED_SINCE']])
    expect((await undo({ positions: [2, 3] }))?.changes).toHaveLength(2)
    expect((await find(id))?.title).toBe(title)
  })

  it('cannot take back the change of a purged task', async () => {
    const { ada, make, undo } = start()
    const { id } = await make()
    await deleteTask(db, ada, id)
    await emptyTrash(db, ada)
    const outcome = await undo({ positions: [1, 3] })
    expect(reasons(outcome)).toEqual([
      [3, 'PURGED'],
      [1, 'PURGED'],
    ])
    expect(outcome?.conflicts.map(({ change }) => change.task)).toEqual([null, null])
  })

  it('tells that a change is undone already, and leaves it out of all changes of an actor', async () => {
    const { ada, make, edit, undo } = start()
    const { id } = await make(ada)
    await edit(id, { title: 'One' }) // 2
    await undo()
    const again = await undo({ positions: [2] })
    expect(reasons(again)).toEqual([[2, 'ALREADY_UNDONE']])
    expect(again?.conflicts[0]?.change.undoneBy).toBe(3)
    expect(await undo()).toEqual({ changes: [], conflicts: [], hasMore: false })
  })

  it('takes back an undo and what it has undone in one call', async () => {
    const { ada, make, edit, find, undo } = start()
    const { id, title } = await make(ada)
    await edit(id, { title: 'One' }, ada) // 2
    await undo({ positions: [2] }) // 3
    const outcome = await undo({ actor: ada.actor, occurredAtOrAfter: '2000-01-01T00:00:00.000Z' })
    expect(outcome?.changes.map(({ undoes }) => undoes)).toEqual([3, 2, 1])
    expect(await find(id)).toBeUndefined()
    expect(outcome?.changes[0]?.task?.title).toBe(title)
  })

  it('takes back the changes of a time span', async () => {
    const { ada, make, edit, find, undo, history } = start()
    const { id } = await make(ada)
    for (const title of ['One', 'Two', 'Three']) {
      await edit(id, { title })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const times = (await history()).map(({ occurredAt }) => occurredAt)
    const from = times[2] ?? ''
    const expected = times.filter((time, at) => at > 0 && time >= from).length
    const outcome = await undo({ actor: script, occurredAtOrAfter: from })
    expect(outcome?.changes).toHaveLength(expected)
    const none = await undo({ actor: script, occurredAtOrBefore: '2000-01-01T00:00:00.000Z' })
    expect(none).toEqual({ changes: [], conflicts: [], hasMore: false })
    expect(await find(id)).toBeDefined()
  })

  it('takes back 1,000 changes in a call, many of them of one task, and says that there are more', async () => {
    const { ada, byScript, make, edit, find, undo } = start()
    const { ownerId } = ada
    await setLimits(pool, ownerId, script, { maxDeletions: 900, maxChanges: 1_001 })
    const { id, title } = await make(ada)
    for (let n = 0; n < 101; n++) await edit(id, { title: `Title ${n}` })
    const completed = { completedAt: '2026-11-27T09:00:00.123Z' }
    await seedTasks(
      db,
      ownerId,
      Array.from({ length: 900 }, () => completed),
    )
    await deleteCompletedTasks(db, byScript)
    const first = await undo()
    expect([first?.changes.length, first?.conflicts, first?.hasMore]).toEqual([1_000, [], true])
    expect(await countTasksOf(db, ownerId)).toBe(901)
    expect(await undo()).toMatchObject({ changes: [{ undoes: 2 }], conflicts: [], hasMore: false })
    expect((await find(id))?.title).toBe(title)
  })

  it('sees only the tasks and changes of the owner, also if another has the same ids', async () => {
    const [ada, bob] = [start(), start()]
    const { id } = await ada.make(ada.ada, { labels: ['Work'] })
    await transactionAs(db, bob.ada, (tx) =>
      tx.insert(tasks).values({
        ...{ userId: bob.ada.ownerId, id, title: 'Of Bob', titleKey: 'of bob', priority: 'LOW' },
        ...{ labels: ['WORK'], labelKeys: ['work'] },
      }),
    )
    await ada.edit(id, { title: 'One', labels: [] }, ada.ada) // 2
    await ada.undo({ positions: [2] }) // 3
    for (const title of ['2', '3', '4', '5', '6']) await bob.edit(id, { title }, bob.ada)
    const outcome = await ada.undo({ actor: ada.ada.actor })
    expect(outcome?.changes.map(({ undoes }) => undoes)).toEqual([3, 2, 1])
    expect(outcome?.conflicts).toEqual([])
    expect(await ada.find(id)).toBeUndefined()
    expect(await bob.find(id)).toMatchObject({ title: '6', labels: ['WORK'] })
    await bob.undo({ positions: [6] })
    expect(await bob.find(id)).toMatchObject({ title: '5' })
    // A change of Ada is in effect, although Bob has undone his own at the same position.
    expect((await ada.undo({ positions: [6] }))?.changes).toMatchObject([{ undoes: 6 }])
  })

  it('refuses changes and actors that the owner does not have', async () => {
    const { make, undo, find } = start()
    const { id } = await make()
    const bob = start()
    for (const request of [
      { positions: [1, 2] },
      { positions: [0] },
      { actor: { ...script, id: 'x' } },
    ]) {
      expect(await undo(request)).toBeUndefined()
    }
    expect(await bob.undo({ positions: [1] })).toBeUndefined()
    expect(await bob.undo()).toBeUndefined()
    expect(await find(id)).toBeDefined()
  })
})

describe('a label that returns to a task', () => {
  it('has the spelling of the other tasks', async () => {
    const { ada, make, edit, find, undo } = start()
    const { id } = await make(ada, { labels: ['Work', 'Home'] })
    await edit(id, { labels: [] })
    await make(ada, { labels: ['WORK'] })
    await createTask(db, by(newOwner('zed')), newTask({ labels: ['wORK'] })) // of another owner
    await undo()
    expect((await find(id))?.labels).toEqual(['WORK', 'Home'])
    expect(await listLabels(db, ada.ownerId)).toEqual([
      { name: 'Home', taskCount: 1 },
      { name: 'WORK', taskCount: 2 },
    ])
  })

  it('gets its spelling back if no other task has it', async () => {
    const { ada, make, edit, find, undo } = start()
    const { id } = await make(ada, { labels: ['Work'] })
    await edit(id, { labels: ['WORK'] })
    await undo()
    expect((await find(id))?.labels).toEqual(['Work'])
    expect(await listLabels(db, ada.ownerId)).toEqual([{ name: 'Work', taskCount: 1 }])
  })

  it('is a conflict if only its spelling has changed, and another task has it now', async () => {
    const { ada, make, edit, undo } = start()
    const { id } = await make(ada, { labels: ['Work'] })
    await edit(id, { labels: ['WORK'] })
    await make(ada, { labels: ['work'] })
    expect(reasons(await undo())).toEqual([[2, 'CHANGED_SINCE']])
    expect(await countTasksOf(db, ada.ownerId)).toBe(2)
  })
})
