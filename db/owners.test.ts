import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { setLimits } from './actor-brakes.ts'
import { transactionAs } from './as-owner.ts'
import { canonicalLabels } from './labels.ts'
import { deleteEverythingOf } from './owners.ts'
import { createTask } from './tasks.ts'
import { untilBlocked } from './testing/blocked.ts'
import { databaseForFile } from './testing/database.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'

const { db, pool } = await databaseForFile()

const tables = [
  'tasks',
  'labels',
  'task_creations',
  'task_counts',
  'task_changes',
  'task_histories',
  'actor_brakes',
]

describe('deleteEverythingOf', () => {
  it('deletes every row of the owner and no row of another owner', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    const script = { kind: 'ACCESS_TOKEN', id: 'script' } as const
    for (const owner of [ada, bob]) {
      await createTask(db, by(owner), newTask({ labels: ['Work'] }), 'key')
      await setLimits(pool, owner, script, { maxDeletions: 1, maxChanges: 1 })
    }
    await deleteEverythingOf(db, ada)
    for (const table of tables) {
      const { rows } = await pool.query(`select user_id from ${table}`)
      expect(rows, table).toEqual([{ user_id: bob }])
    }
  })

  it('waits for a writer that has locked a label, without a deadlock', async () => {
    const ada = newOwner('ada')
    await createTask(db, by(ada), newTask({ labels: ['Work'] }))
    let deletion: Promise<void> | undefined
    await transactionAs(db, by(ada), async (tx) => {
      await canonicalLabels(tx, ada, randomUUID(), ['Work'])
      deletion = deleteEverythingOf(db, ada)
      await untilBlocked(pool, deletion)
      await createTask(tx, by(ada), newTask())
    })
    await deletion
  })

  it('accepts an owner without rows', async () => {
    await expect(deleteEverythingOf(db, newOwner('cleo'))).resolves.toBeUndefined()
  })
})
