import { beforeEach, describe, expect, it } from 'vitest'
import { deleteOldCreations } from './old-creations.ts'
import { databaseForFile } from './testing/database.ts'

const { pool } = await databaseForFile()

const now = new Date()

beforeEach(async () => {
  await pool.query('delete from task_creations')
  await pool.query(
    `insert into task_creations (user_id, key, fingerprint, task_id, created_at)
     select owner, days || ' days', '', gen_random_uuid(), $1::timestamptz - days * interval '1 day'
       from unnest(array['ada', 'bob']) owner, unnest(array[0, 29.9, 30.1, 40, 50]) days`,
    [now],
  )
})

async function keysLeft(): Promise<string[]> {
  const { rows } = await pool.query(
    `select key from task_creations group by key order by min(created_at) desc`,
  )
  return rows.map(({ key }) => key)
}

describe('deleteOldCreations', () => {
  it('deletes keys of all owners that are older than 30 days', async () => {
    expect(await deleteOldCreations(pool, now, 100)).toBe(6)
    expect(await keysLeft()).toEqual(['0 days', '29.9 days'])
    expect(await deleteOldCreations(pool, now, 100)).toBe(0)
  })

  it('deletes the oldest first, up to the limit', async () => {
    expect(await deleteOldCreations(pool, now, 2)).toBe(2)
    expect(await keysLeft()).toEqual(['0 days', '29.9 days', '30.1 days', '40 days'])
  })
})
