import type { Pool, PoolClient } from 'pg'
import { describe, expect, it } from 'vitest'
import { transactionAs } from './as-owner.ts'
import { keyOf } from './folding.ts'
import { listLabels } from './labels.ts'
import { countOwner } from './task-counts.ts'
import { foldOwner, listUnfoldedOwners } from './task-folds.ts'
import { indexOwner } from './task-grams.ts'
import { countTasks, listTasks } from './task-lists.ts'
import { createTask, findTask, updateTask } from './tasks.ts'
import { untilBlocked } from './testing/blocked.ts'
import { databaseForFile } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'
import {
  countBefore,
  countLabelBefore,
  countOwnerBefore,
  createBefore,
  databaseBeforeFolding,
} from './testing/version-before.ts'

const { db, pool } = await databaseForFile()

const labelsOf = async (ownerId: string, ids: string[], database = db) => {
  const found = await Promise.all(ids.map((id) => findTask(database, ownerId, id)))
  return found.map((task) => task?.labels)
}

describe('a task from before the migration', () => {
  it('is found by its own letters at once, and by all that fold alike after the backfill', async () => {
    const { upgrade, ...before } = await databaseBeforeFolding()
    const ada = newOwner('ada')
    await createBefore(before.db, ada, { title: 'Straße fegen', labels: ['Maß'] })
    await upgrade()
    const count = (search: string) => countTasks(before.db, ada, { search })
    expect(await count('STRAẞE')).toBe(1)
    expect(await countTasks(before.db, ada, { labels: ['maß'] })).toBe(1)
    await foldOwner(before.db, ada)
    for (const search of ['strasse', 'STRASSE', 'straße', 'STRAẞE', 'mass']) {
      expect(await count(search)).toBe(1)
    }
    expect(await countTasks(before.db, ada, { labels: ['MASS'] })).toBe(1)
    expect(await countBefore(before.db, ada, 'STRAßE')).toBe(1)
    expect(await countLabelBefore(before.db, ada, 'maß')).toBe(1)
  })

  it('has one label of two that fold alike, and stays with both for the version before', async () => {
    const { upgrade, ...before } = await databaseBeforeFolding()
    const ada = newOwner('ada')
    const bob = newOwner('bob')
    const ids: string[] = []
    for (const labels of [['Straße'], ['Strasse'], ['Home', 'Straße', 'Strasse'], ['Home']]) {
      ids.push(await createBefore(before.db, ada, { labels }))
    }
    await createBefore(before.db, bob, { labels: ['Straße'] })
    await upgrade()
    await foldOwner(before.db, ada)
    expect(await labelsOf(ada, ids, before.db)).toEqual([
      ['Strasse'],
      ['Strasse'],
      ['Home', 'Strasse'],
      ['Home'],
    ])
    expect(await listLabels(before.db, ada)).toEqual([
      { name: 'Home', taskCount: 2 },
      { name: 'Strasse', taskCount: 3 },
    ])
    expect(await countTasks(before.db, ada, { labels: ['STRAẞE'] })).toBe(3)
    expect(await countLabelBefore(before.db, ada, 'straße')).toBe(2)
    expect(await countLabelBefore(before.db, ada, 'strasse')).toBe(3)
    expect(await listLabels(before.db, bob)).toEqual([{ name: 'Straße', taskCount: 1 }])
  })

  it('is found through the index of grams', async () => {
    const { upgrade, ...before } = await databaseBeforeFolding()
    const ada = newOwner('ada')
    await insertTasks(before.pool, ada, 'x', 1_100)
    await createBefore(before.db, ada, { title: 'Straße fegen', labels: ['Maß'] })
    await countOwnerBefore(before.db, ada)
    await indexOwner(before.db, ada)
    await upgrade()
    const titles = async (filter: Parameters<typeof listTasks>[2]) => {
      const order = { field: 'CREATED_AT', direction: 'ASC' } as const
      const found = await listTasks(before.db, ada, filter, order, { limit: 9, backward: false })
      return found.map(({ title }) => title)
    }
    expect(await titles({ search: 'STRAẞE' })).toEqual(['Straße fegen'])
    expect(await titles({ labels: ['maß'] })).toEqual(['Straße fegen'])
    await foldOwner(before.db, ada)
    expect(await titles({ search: 'STRASSE' })).toEqual(['Straße fegen'])
    expect(await titles({ labels: ['MASS'] })).toEqual(['Straße fegen'])
  })

  it('changes neither its time nor anything else that clients see, unless labels merge', async () => {
    const { upgrade, ...before } = await databaseBeforeFolding()
    const ada = newOwner('ada')
    const id = await createBefore(before.db, ada, { title: 'Straße', labels: ['Home', 'Maß'] })
    await upgrade()
    const was = await findTask(before.db, ada, id)
    await foldOwner(before.db, ada)
    expect(await findTask(before.db, ada, id)).toEqual({
      ...was,
      foldedTitle: 'strasse',
      foldedLabels: ['home', 'mass'],
    })
  })
})

describe('a task that the version before writes after the migration', () => {
  it('is found at once, and after its title changes again', async () => {
    const ada = newOwner('ada')
    const id = await createBefore(db, ada, { title: 'Straße' })
    expect(await countTasks(db, ada, { search: 'STRASSE' })).toBe(1)
    await updateTask(db, by(ada), id, { title: 'Street' })
    expect(await findTask(db, ada, id)).toMatchObject({ titleKey: 'street', foldedTitle: null })
  })

  it('gets the spelling of the label that this version has', async () => {
    const ada = newOwner('ada')
    await make(ada, ['Strasse'])
    const id = await createBefore(db, ada, { labels: ['Straße'] })
    expect(await labelsOf(ada, [id])).toEqual([['Strasse']])
    expect(await listLabels(db, ada)).toEqual([{ name: 'Strasse', taskCount: 2 }])
    expect(await countLabelBefore(db, ada, 'Straße')).toBe(1)
    expect(await countLabelBefore(db, ada, 'Strasse')).toBe(2)
  })

  it('is found by the version before when this version writes it', async () => {
    const ada = newOwner('ada')
    await make(ada, ['Straße'], 'Straße fegen')
    expect(await countBefore(db, ada, 'STRAßE')).toBe(1)
    expect(await countLabelBefore(db, ada, 'straße')).toBe(1)
    const list = `select name from labels where user_id = $1 and key = 'straße'`
    expect(await runTextAs(db, ada, list, [ada])).toEqual([['Straße']])
  })
})

describe('foldOwner', () => {
  it('works in batches, and begins again after it was stopped', async () => {
    const ada = await unfoldedOwner(1_200)
    const unfolded = async () => {
      const count = `select count(*) from tasks where user_id = $1 and folded_title is null`
      return Number((await runTextAs(db, ada, count, [ada]))[0]?.[0])
    }
    await foldOwner(db, ada, AbortSignal.abort())
    expect(await unfolded()).toBe(700)
    expect(await listUnfoldedOwners(pool, 1_000)).toContain(ada)
    await foldOwner(db, ada)
    expect(await unfolded()).toBe(0)
    expect(await listUnfoldedOwners(pool, 1_000)).not.toContain(ada)
  })

  it('waits for a running writer of the owner', async () => {
    const ada = await unfoldedOwner(3)
    const first = `select id from tasks where user_id = $1 order by id limit 1`
    const id = (await runTextAs(db, ada, first, [ada]))[0]?.[0] ?? ''
    let folding: Promise<void> | undefined
    await transactionAs(db, by(ada), async (tx) => {
      await updateTask(tx, by(ada), id, { completed: true })
      folding = foldOwner(db, ada)
      await untilBlocked(pool, folding)
    })
    await folding
    expect(await countTasks(db, ada, { search: 'STRASSE' })).toBe(3)
  })

  it('meets writers of both versions without a deadlock', async () => {
    const ada = await unfoldedOwner(200)
    const both = [['Straße', 'Strasse'], ['Strasse', 'Straße'], ['Maß'], ['MASS']]
    const writes = both.flatMap((labels) => [
      ...Array.from({ length: 5 }, () => createBefore(db, ada, { labels })),
      ...Array.from({ length: 5 }, () => make(ada, labels)),
    ])
    await Promise.all([foldOwner(db, ada), ...writes])
    const counts = (await listLabels(db, ada)).map(({ taskCount }) => taskCount)
    expect(counts).toEqual([20, 20])
  })
})

/** With tasks as a version before migration 0010 left them. */
async function unfoldedOwner(count: number): Promise<string> {
  const ada = newOwner('ada')
  const client = await pool.connect()
  await client.query(`begin; set local session_replication_role = replica`) // no triggers
  await insertTasks(client, ada, 'Straße', count)
  await client.query('commit')
  client.release()
  await countOwner(db, ada)
  return ada
}

async function insertTasks(to: Pool | PoolClient, ownerId: string, title: string, count: number) {
  await to.query(
    `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
     select $1, gen_random_uuid(), $2, $3, 'LOW', '{}', '{}' from generate_series(1, $4)`,
    [ownerId, title, keyOf(title), count],
  )
}

async function make(ownerId: string, labels: string[], title = 'y') {
  const task = await createTask(db, by(ownerId), newTask({ title, labels }))
  if (typeof task === 'object') return task
  throw new Error(`A task was expected, not ${task}.`)
}
