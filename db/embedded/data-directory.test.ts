import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../client.ts'
import { silentLog } from '../testing/cluster.ts'
import { clusterAt } from './cluster.ts'
import { ensureDataDirectory } from './data-directory.ts'
import { stopServer } from './server.ts'

async function newPath(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'taskward-data-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  return join(parent, '.data')
}

async function directory(mode: number, ...files: string[]): Promise<string> {
  const path = await newPath()
  await mkdir(path)
  for (const file of files) await writeFile(join(path, file), '')
  await chmod(path, mode)
  return path
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

describe('the data directory', () => {
  it('is created with access for its owner only', async () => {
    const path = await newPath()
    await ensureDataDirectory(path)
    expect(await modeOf(path)).toBe('700')
  })

  it.each([0o755, 0o777, 0o750])('loses the access of other users: %o', async (mode) => {
    const path = await directory(mode, 'secret', 'postgres')
    await ensureDataDirectory(path)
    expect(await modeOf(path)).toBe('700')
  })

  it('can be entered by a PostgreSQL that runs as another user', async () => {
    for (const path of [await newPath(), await directory(0o755), await directory(0o700)]) {
      await ensureDataDirectory(path, true)
      expect(await modeOf(path)).toBe('711')
      await ensureDataDirectory(path)
      expect(await modeOf(path)).toBe('711')
    }
  })

  it('keeps its mode when it holds other files', async () => {
    const path = await directory(0o755, 'secret', 'notes.txt')
    await ensureDataDirectory(path)
    expect(await modeOf(path)).toBe('755')
  })

  it('is accessible to its owner only after the embedded PostgreSQL has started in it', async () => {
    for (const path of [await newPath(), await directory(0o755)]) {
      onTestFinished(() => stopServer(clusterAt(join(path, 'postgres'))))
      const database = await openDatabase({ dataDir: path, log: silentLog })
      expect(await modeOf(path)).toBe('700')
      expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await database.close()
    }
  })
})
