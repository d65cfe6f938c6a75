import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findEmbedded } from '#db/embedded/embedded.ts'

const trial = `
  import { startDatabase } from './server/trials/database.ts'
  const log = { info() {}, warn: console.warn, error: console.error }
  await startDatabase({ dataDir: process.argv[1], log })
  console.log('started')
  setInterval(() => {}, 1_000)
`

describe('a trial', { timeout: 60_000 }, () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'that ends by %s leaves no PostgreSQL',
    async (signal) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'taskward-trial-'))
      onTestFinished(() => rm(dataDir, { recursive: true }))
      const args = ['--import', 'tsx', '--input-type=module', '--eval', trial, dataDir]
      const cwd = join(import.meta.dirname, '../..')
      const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = once(child, 'exit')
      await once(child.stdout, 'data')
      expect(await findEmbedded(dataDir)).toContain('postgres://')
      child.kill(signal)
      expect(await exited).toEqual([130, null])
      expect(await findEmbedded(dataDir)).toBeUndefined()
    },
  )
})
