import { describe, expect, it } from 'vitest'
import { findTask } from '../tasks.ts'
import { databaseForTest } from '../testing/database.ts'
import { newOwner, seedTasks } from '../testing/tasks.ts'
import { copyRows } from './copy-rows.ts'

/** The rows of tables that triggers and sequences fill. */
const derived = `
  select (select json_agg(task_counts) from task_counts) as counts,
         (select count(*)::int from labels) as labels,
         (select last_value::int from drizzle.__drizzle_migrations_id_seq) as last_migration`

describe('a copy of all rows', () => {
  it('replaces those of the other database, and runs no trigger', async () => {
    const source = await databaseForTest()
    const target = await databaseForTest()
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    const [task] = await seedTasks(source.db, ada, [
      { title: 'tab\t, \\N and "Öl"', description: 'two\nlines', priority: 'HIGH', labels: ['a'] },
    ])
    const [other] = await seedTasks(target.db, bob, [{}])
    await copyRows(source.url, target.url)
    expect(await findTask(target.db, ada, task?.id ?? '')).toEqual(task)
    expect(await findTask(target.db, bob, other?.id ?? '')).toBeUndefined()
    const [before, after] = [await source.pool.query(derived), await target.pool.query(derived)]
    expect(after.rows).toEqual(before.rows)
  })

  it.each([
    ['a table', 'create table notes (id int)', 'public.notes'],
    ['a column', 'alter table labels add column color text', 'public.labels'],
  ])('is refused when %s would be lost', async (_what, change, name) => {
    const source = await databaseForTest()
    const target = await databaseForTest()
    const bob = newOwner('bob')
    const [task] = await seedTasks(target.db, bob, [{}])
    await source.pool.query(change)
    await expect(copyRows(source.url, target.url)).rejects.toThrow(`The tables ${name} are not of`)
    expect(await findTask(target.db, bob, task?.id ?? '')).toEqual(task)
  })
})
