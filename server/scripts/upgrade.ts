import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findNeededUpgrade, type NeededUpgrade, upgradeEmbedded } from '#db/embedded/upgrade.ts'
import { type Env, readEnv } from '../env.ts'
import { createLog } from '../log/log.ts'
import { openMigrated } from '../taskward.ts'

/*
 * `npm run db:upgrade`: carries the data of an embedded PostgreSQL of an earlier major version over to
 * the included one. It installs the programs of the earlier version into a temporary folder. With
 * `--programs <folder>`, it uses those that were installed there.
 */
try {
  const programs = readProgramsOption(process.argv.slice(2))
  const env = readEnv()
  if (env.databaseUrl) throw new Error('DATABASE_URL is set: Taskward uses that server.')
  const needed = await findNeededUpgrade(env.dataDir)
  if (needed) await upgrade(env, needed, programs)
  else console.log('There is no data of an earlier version of PostgreSQL.')
} catch (error) {
  console.error(`Nothing was upgraded. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

async function upgrade(env: Env, needed: NeededUpgrade, programs?: string): Promise<void> {
  const { dataDir } = env
  const { version } = needed
  const log = createLog({ ...env, logLevel: 'warn' })
  const folder = programs ?? (await mkdtemp(join(tmpdir(), 'taskward-upgrade-')))
  try {
    if (programs === undefined) await install(needed.package, folder)
    const name = needed.package.slice(0, needed.package.lastIndexOf('@'))
    const native = join(folder, 'node_modules', name, 'native')
    const migrate = async (databaseUrl: string) => {
      const { database } = await openMigrated({ ...env, databaseUrl, migrateAtStart: true }, log)
      await database.close()
    }
    const rows = await upgradeEmbedded({ dataDir, version, native, migrate, log })
    console.log(
      `${rows} rows were carried over. The old files are in ${dataDir}/postgres-${version}.`,
    )
  } finally {
    if (programs === undefined) await rm(folder, { recursive: true })
  }
}

async function install(name: string, folder: string): Promise<void> {
  const args = ['install', '--no-save', '--ignore-scripts', '--prefix', folder, name]
  await promisify(execFile)('npm', args, { cwd: folder }).catch((cause) => {
    throw new Error(
      `npm could not install ${name}: ${cause.stderr}\nInstall it elsewhere, copy the folder, and ` +
        `name it:\n  npm install --no-save --prefix folder ${name}\n` +
        '  npm run db:upgrade -- --programs folder',
      { cause },
    )
  })
}

function readProgramsOption(args: string[]): string | undefined {
  if (args.length === 0) return undefined
  const [option, folder] = args
  if (option === '--programs' && folder !== undefined && args.length === 2) return folder
  throw new Error('Usage: npm run db:upgrade [-- --programs <folder>]')
}
