import { expect, it } from 'vitest'
import { exportChanges, exportTasks } from './export.ts'
import { createTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import { deleteTask } from './trash.ts'

const { db } = await databaseForFile()

it('holds the tasks and changes of the owner, with the trash, and of no other owner', async () => {
  const [ada, bob] = [newOwner('ada'), newOwner('bob')]
  for (const owner of [ada, bob]) {
    await createTask(db, by(owner), newTask({ title: `Kept of ${owner}` }))
    const deleted = await createTask(db, by(owner), newTask({ title: `Deleted of ${owner}` }))
    if (typeof deleted === 'object') await deleteTask(db, by(owner), deleted.id)
  }
  const titles: string[] = []
  for await (const { title } of exportTasks(db, ada)) titles.push(title)
  expect(titles).toEqual([`Kept of ${ada}`, `Deleted of ${ada}`])
  const kinds: string[] = []
  for await (const { kind } of exportChanges(db, ada)) kinds.push(kind)
  expect(kinds).toEqual(['CREATED', 'CREATED', 'DELETED'])
})
