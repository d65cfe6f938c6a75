import { describe, expect, it } from 'vitest'
import { deleteEverythingOf } from './owners.ts'
import { createTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { newOwner, newTask } from './testing/tasks.ts'

const { db, pool } = await databaseForFile()

const tables = ['tasks', 'labels', 'task_creations']

describe('deleteEverythingOf', () => {
  it('deletes every row of the owner and no row of another owner', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    for (const owner of [ada, bob])
      await createTask(db, owner, newTask({ labels: ['Work'] }), 'key')
    await deleteEverythingOf(db, ada)
    for (const table of tables) {
      const { rows } = await pool.query(`select user_id from ${table}`)
      expect(rows, table).toEqual([{ user_id: bob }])
    }
  })

  it('accepts an owner without rows', async () => {
    await expect(deleteEverythingOf(db, newOwner('cleo'))).resolves.toBeUndefined()
  })
})
