import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ensureDataDirectory } from './data-directory.ts'
import { type Account, readIncludedVersion, spawnProgram } from './programs.ts'

/** The paths of one PostgreSQL cluster: its files, its password and its log. */
export type Cluster = ReturnType<typeof clusterAt>

export function clusterAt(home: string) {
  return {
    home,
    files: join(home, 'cluster'),
    password: join(home, 'password'),
    log: join(home, 'server.log'),
  }
}

/** The content of postmaster.pid, which the running server writes. */
export type Postmaster = { pid: number; port: number; ready: boolean }

/**
 * Creates the cluster unless it exists. It is created in a temporary directory and then renamed: a
 * kill leaves no partial cluster, and of two concurrent starts, one uses the cluster of the other.
 */
export async function createCluster(
  { home }: Cluster,
  account: Account,
  native?: string,
): Promise<void> {
  await ensureDataDirectory(dirname(home), account.uid !== undefined)
  await removeAbandonedDrafts(home)
  if (existsSync(home) || (await finishUpgrade(home))) return
  const draft = clusterAt(`${home}.new-${process.pid}`)
  try {
    await mkdir(draft.home, { mode: 0o700 })
    await writeFile(draft.password, randomBytes(24).toString('hex'), { mode: 0o600 })
    await give(draft, account)
    await initialise(draft, account, native)
    await rename(draft.home, home).catch(ignoreExisting)
    await syncDirectory(dirname(home))
  } finally {
    await rm(draft.home, { recursive: true, force: true })
  }
}

/** The major version that has written the files, such as 18. Undefined: there are none. */
export async function readVersion({ files }: Cluster): Promise<string | undefined> {
  return (await readFile(join(files, 'PG_VERSION'), 'utf8').catch(ignoreMissing))?.trim()
}

/**
 * @throws Error when the files are those of another major version, which PostgreSQL cannot open.
 */
export async function requireVersion(cluster: Cluster): Promise<void> {
  const found = await readVersion(cluster)
  const included = await readIncludedVersion()
  if (found === undefined || found === included) return
  throw new Error(
    `The data in ${cluster.home} is of PostgreSQL ${found}, and this Taskward includes PostgreSQL ` +
      `${included}. To carry the data over, run: npm run db:upgrade. Nothing was changed.`,
  )
}

/** Undefined: the server was never started, or was shut down cleanly. */
export async function readPostmaster({ files }: Cluster): Promise<Postmaster | undefined> {
  const lines = await readFile(join(files, 'postmaster.pid'), 'utf8').catch(ignoreMissing)
  if (!lines) return undefined
  const [pid, , , port, , , , status] = lines.split('\n')
  if (!(Number(pid) > 0)) return undefined // the file is being written
  return { pid: Number(pid), port: Number(port), ready: status?.trim() === 'ready' }
}

/**
 * Removes a postmaster.pid whose process id now belongs to another process, which is common in
 * containers. PostgreSQL would see a living process and refuse to start. PostgreSQL itself handles
 * the id of a dead process.
 */
export async function removeStalePidFile({ files }: Cluster, pid: number): Promise<void> {
  if (isAlive(pid)) await rm(join(files, 'postmaster.pid'), { force: true })
}

export async function isServerOf({ files }: Cluster, pid: number): Promise<boolean> {
  return isAlive(pid) && (await commandLine(pid)).includes(files)
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

async function initialise(draft: Cluster, account: Account, native?: string): Promise<void> {
  const child = spawnProgram(
    'initdb',
    [
      `--pgdata=${draft.files}`,
      '--username=postgres',
      `--pwfile=${draft.password}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      // Changes the case of all letters, not only of ASCII, and the same on every machine.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ],
    account,
    ['ignore', 'ignore', 'pipe'],
    native,
  )
  const [code, errorText] = await Promise.all([
    new Promise<number | null>((done, fail) => child.once('exit', done).once('error', fail)),
    child.stderr ? text(child.stderr) : '',
  ])
  if (code === 0) return
  throw new Error(
    `PostgreSQL could not create its files in ${draft.home}:\n${errorText.trim()}\n` +
      'Start Taskward as a user who can write there, or set DATABASE_URL.',
  )
}

async function give(draft: Cluster, { uid, gid }: Account): Promise<void> {
  if (uid === undefined || gid === undefined) return
  await chown(draft.home, uid, gid)
  await chown(draft.password, uid, gid)
}

/**
 * An upgrade that was killed between its two renames (upgrade.ts) has left its complete cluster.
 * @returns whether there was one.
 */
function finishUpgrade(home: string): Promise<boolean> {
  return rename(join(dirname(home), 'upgrade', basename(home)), home).then(
    () => true,
    (error) => ignoreMissing(error) ?? false,
  )
}

/** Drafts are left by starts that were killed. Drafts of running starts stay. */
async function removeAbandonedDrafts(home: string): Promise<void> {
  const prefix = `${basename(home)}.new-`
  for (const name of await readdir(dirname(home))) {
    const pid = Number(name.slice(prefix.length))
    if (!name.startsWith(prefix) || (isAlive(pid) && pid !== process.pid)) continue
    await rm(join(dirname(home), name), { recursive: true, force: true })
  }
}

/** Without it, a power failure could undo the rename and lose rows that were committed since. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  await directory.sync().finally(() => directory.close())
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(ignoreMissing)) ?? ''
  }
  const ps = spawn('ps', ['-ww', '-o', 'args=', '-p', String(pid)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return text(ps.stdout)
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT', 'ESRCH')) throw error
}

function ignoreExisting(error: unknown): undefined {
  if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
