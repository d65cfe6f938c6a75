import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { databaseForFile } from '#db/testing/database.ts'
import { chooseCount } from './count.ts'

const database = await databaseForFile()
await database.pool.query(
  `do $$ begin execute format('alter database %I connection limit 60', current_database()); end $$`,
)

describe('the number of processes', () => {
  it('is that of the environment', async () => {
    expect(await choose(2)).toEqual({ count: 2, warnings: [] })
  })

  it('is that of the cores with auto', async () => {
    expect(await choose('auto', 2)).toEqual({ count: 2, warnings: [] })
  })

  it('is refused when the database allows too few connections', async () => {
    await expect(choose(3)).rejects.toThrow(
      '3 processes need up to 71 connections, and the database allows 60. ' +
        'Set PROCESSES to 2 or less, lower DATABASE_POOL_MAX, or raise max_connections.',
    )
  })

  it('is higher with fewer connections for each', async () => {
    expect(await choose(5, 2, false, 8)).toEqual({ count: 5, warnings: [] })
    await expect(choose(6, 2, false, 8)).rejects.toThrow('6 processes need up to 62 connections')
  })

  it('is as high as the connections allow with auto, and the log says so', async () => {
    const { count, warnings } = await choose('auto', 8)
    expect(count).toBe(2)
    expect(warnings).toEqual([
      expect.stringContaining('Starting 2; for more, lower DATABASE_POOL_MAX'),
    ])
  })

  it('is not checked behind a transaction pooler, whose limit is its own', async () => {
    expect(await choose(8, 2, true)).toEqual({ count: 8, warnings: [] })
  })
})

async function choose(processes: number | 'auto', cores = 2, isPooled = false, poolMax = 20) {
  const warnings: unknown[] = []
  const log = pino({}, { write: (line: string) => warnings.push(JSON.parse(line).msg) })
  const { pool } = database
  return { count: await chooseCount({ processes, cores, pool, poolMax, isPooled, log }), warnings }
}
