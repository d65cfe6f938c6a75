import type { App } from './app.ts'

/** Runs `work` while queries of these tables fail. */
export async function withoutTables<T>(
  { pool }: App,
  tables: string[],
  work: () => Promise<T>,
): Promise<T> {
  for (const table of tables) await pool.query(`alter table "${table}" rename to "${table}_away"`)
  try {
    return await work()
  } finally {
    for (const table of tables) await pool.query(`alter table "${table}_away" rename to "${table}"`)
  }
}
