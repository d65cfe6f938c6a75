import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '#db/embedded/embedded.ts'
import { closeLater } from '../peers/closing.ts'

const log = { info() {}, warn: console.warn, error: console.error }

/** An empty embedded PostgreSQL, which is deleted at the end of the run. Answers its URL. */
export async function openEmptyDatabase(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-bench-'))
  closeLater(() => rm(dataDir, { recursive: true, force: true }))
  const postgres = await startEmbedded({ dataDir, log })
  closeLater(() => postgres.stop())
  return postgres.url
}
