import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeLater } from '../../closing.ts'
import { startDatabase } from '../../database.ts'

const log = { info() {}, warn: console.warn, error: console.error }

/** An empty embedded PostgreSQL, which is deleted at the end of the run. Answers its URL. */
export async function openEmptyDatabase(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-bench-'))
  closeLater(() => rm(dataDir, { recursive: true, force: true }))
  const postgres = await startDatabase({ dataDir, log })
  return postgres.url
}
