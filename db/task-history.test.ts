import { describe, expect, it } from 'vitest'
import {
  everyChangeColumn,
  findChangedTasks,
  type RecordedChange,
  readChanges,
  readHistoryState,
} from './task-history.ts'
import { createTask, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { writeRows } from './testing/write-rows.ts'
import { deleteTask } from './trash.ts'

const { db, pool } = await databaseForFile()

async function create(ownerId: string): Promise<string> {
  const task = await createTask(db, by(ownerId), newTask())
  if (typeof task === 'string') throw new Error(task)
  return task.id
}

const read = (ownerId: string, after = 0, limit = 100) =>
  readChanges(db, ownerId, {
    after,
    limit,
    columns: everyChangeColumn,
    taskColumns: ['title'],
    beyond: true,
  })

describe('the history of an owner', () => {
  it('has nothing of other owners', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    const id = await create(ada)
    expect(await readHistoryState(db, bob)).toEqual({ position: 0, keptAfter: 0 })
    const nothing = { hasMore: false, hasBeyond: false, position: 0, keptAfter: 0 }
    expect(await read(bob)).toEqual({ changes: [], ...nothing })
    expect(await findChangedTasks(db, bob, [id])).toEqual(new Map())
    await create(bob)
    expect(await readHistoryState(db, bob)).toEqual({ position: 1, keptAfter: 0 })
    expect((await read(bob)).changes).toHaveLength(1)
    expect((await read(bob, 1)).hasBeyond).toBe(true)
  })

  it("shows with a change the owner's task, not one with the same id of another owner", async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    const id = await create(ada)
    const copy = `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
      values ($1, $2, 'Other', 'other', 'LOW', '{}', '{}')`
    await writeRows(pool, bob, copy, [bob, id])
    expect((await read(ada)).changes.map(({ task }) => task?.title)).toEqual(['Write the notes'])
    expect((await findChangedTasks(db, ada, [id])).get(id)?.title).toBe('Write the notes')
  })

  it('shows a task in the trash', async () => {
    const ada = newOwner('ada')
    const id = await create(ada)
    await deleteTask(db, by(ada), id)
    expect((await read(ada)).changes.map(({ task }) => task?.id)).toEqual([id, id])
    expect((await findChangedTasks(db, ada, [id])).get(id)?.deletedAt).not.toBeNull()
  })

  it('reads only the columns that are asked for', async () => {
    const ada = newOwner('ada')
    await create(ada)
    const { changes } = await readChanges(db, ada, { after: 0, limit: 1, columns: ['position'] })
    expect(changes).toEqual([{ userId: ada, position: 1, task: null }])
  })

  it('is complete up to each position that a reader sees, while many write', async () => {
    const ada = newOwner('ada')
    const id = await create(ada)
    let isOver = false
    const writing = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; n < 15; n++) {
          if (writer % 2) await create(ada)
          else await updateTask(db, by(ada), id, { title: `Title ${writer} ${n}` })
        }
      }),
    ).finally(() => {
      isOver = true
    })
    const seen: RecordedChange[] = []
    const readOn = async () => {
      const { changes } = await read(ada, seen.at(-1)?.position ?? 0, 7)
      seen.push(...changes)
      return changes.length
    }
    while (!isOver) await readOn()
    await writing
    while ((await readOn()) > 0);
    expect(seen.map(({ position }) => position)).toEqual(seen.map((_, n) => n + 1))
    expect(seen).toHaveLength(121)
    const times = seen.map(({ occurredAt }) => occurredAt)
    expect(times).toEqual([...times].sort())
  })
})
