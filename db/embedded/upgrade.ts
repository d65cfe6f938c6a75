import { rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Log } from '../availability.ts'
import { type Cluster, clusterAt, readVersion } from './cluster.ts'
import { copyRows } from './copy-rows.ts'
import { startEmbedded } from './embedded.ts'
import { platformPackage, readIncludedVersion } from './programs.ts'
import { stopServer } from './server.ts'

/**
 * The packages of earlier major versions. When package.json names another major version, add the
 * last one of the version before.
 */
export const earlierPackages: Record<string, string> = { '17': '17.10.0-beta.17' }

/** `version`: the major version that has written the data. `package`: the one with its programs. */
export type NeededUpgrade = { version: string; package: string }

/**
 * Undefined: the data is of the included version, or there is none.
 * @throws Error when there is no package for its version.
 */
export async function findNeededUpgrade(dataDir: string): Promise<NeededUpgrade | undefined> {
  const version = await readVersion(oldCluster(dataDir))
  const included = await readIncludedVersion()
  if (version === undefined || version === included) return undefined
  const found = earlierPackages[version]
  if (found) return { version, package: `${platformPackage()}@${found}` }
  throw new Error(
    `The data is of PostgreSQL ${version}. From ${Object.keys(earlierPackages).join(', ')} it can be ` +
      `carried over to ${included}. Use the version of Taskward that wrote the data, or one between.`,
  )
}

type UpgradeOptions = {
  dataDir: string
  /** The version that has written the data. */
  version: string
  /** The folder `native` of its package. */
  native: string
  /** Creates all tables of this Taskward in the database. Called for the old one and the new one. */
  migrate: (url: string) => Promise<void>
  log: Log
}

/**
 * Copies the data under `dataDir` into a new cluster of the included version, which then takes its
 * place. The old files are kept as `postgres-` and their version.
 * @returns the number of rows.
 * @throws Error with the reason. The old files are in their place then.
 */
export async function upgradeEmbedded(options: UpgradeOptions): Promise<number> {
  const draft = join(resolve(options.dataDir), 'upgrade')
  await stopServer(clusterAt(join(draft, 'postgres'))) // of an upgrade that was killed
  await rm(draft, { recursive: true, force: true })
  const rows = await copyToNext(options, draft)
  const old = oldCluster(options.dataDir)
  await rename(old.home, `${old.home}-${options.version}`)
  await rename(join(draft, 'postgres'), old.home)
  await rm(draft, { recursive: true })
  return rows
}

async function copyToNext(options: UpgradeOptions, draft: string): Promise<number> {
  const { dataDir, native, migrate, log } = options
  const old = await startEmbedded({ dataDir, native, log }) // throws while a Taskward uses it
  try {
    await migrate(old.url)
    const next = await startEmbedded({ dataDir: draft, log })
    try {
      await migrate(next.url)
      return await copyRows(old.url, next.url)
    } finally {
      await next.stop()
    }
  } finally {
    await old.stop()
  }
}

function oldCluster(dataDir: string): Cluster {
  return clusterAt(join(resolve(dataDir), 'postgres'))
}
