import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Database } from '#db/client.ts'
import { migrate } from '#db/migrate.ts'
import { startDatabase } from '../../database.ts'
import { findPostmaster, readTreeCpuMs } from '../peers/cpu.ts'

export type Bench = Database & {
  /** CPU of PostgreSQL in microseconds for each of `count` runs of `work`, one after the other. */
  measure: (count: number, work: () => Promise<unknown>) => Promise<number>
}

const log = { info() {}, warn: console.warn, error: console.error }
const settings = { autovacuum: 'off', jit: 'off' } // nothing else uses the CPU meanwhile

/** Runs `work` with a migrated PostgreSQL in a temporary directory. */
export async function withPostgres(work: (bench: Bench) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-bench-'))
  const postgres = await startDatabase({ dataDir, log, settings })
  const database = connect(postgres.url, log)
  try {
    await migrate(database)
    const postmaster = await findPostmaster(database.pool)
    await work({
      ...database,
      measure: async (count, run) => {
        const before = await readTreeCpuMs(postmaster)
        for (let n = 0; n < count; n++) await run()
        return ((await readTreeCpuMs(postmaster)) - before) * (1_000 / count)
      },
    })
  } finally {
    await database.close()
    await postgres.stop()
    await rm(dataDir, { recursive: true })
  }
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
