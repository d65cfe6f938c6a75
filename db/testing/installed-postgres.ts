import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { findFreePort } from '../embedded/free-port.ts'
import { poll } from '../embedded/poll.ts'
import { type Account, chooseAccount } from '../embedded/programs.ts'

const debianFolder = '/usr/lib/postgresql'

/**
 * The folder of the programs of the newest PostgreSQL that Debian's packages have installed, with
 * pg_dump, which the included PostgreSQL lacks. Undefined: there is none.
 */
export function findInstalledPostgres(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : []
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debianFolder, version, 'bin'))
    .find((folder) =>
      ['initdb', 'postgres', 'pg_dump'].every((name) => existsSync(join(folder, name))),
    )
}

/** Starts a new cluster. Its administrator needs no password. */
export async function startInstalledPostgres(folder: string) {
  const home = await mkdtemp(join(tmpdir(), 'taskward-installed-'))
  const files = join(home, 'cluster')
  const account = await chooseAccount(files)
  if (account.uid !== undefined && account.gid !== undefined)
    await chown(home, account.uid, account.gid)
  const initdb = ['--auth=trust', '--username=admin', '--encoding=UTF8', '--locale=C', '--no-sync']
  const created = await endOf(
    run(join(folder, 'initdb'), [`--pgdata=${files}`, ...initdb], account),
  )
  if (created !== 0) throw new Error(`initdb ended with ${created}.`)
  const port = await findFreePort()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
  ]
  const options = settings.flatMap((setting) => ['-c', setting])
  const server = run(join(folder, 'postgres'), ['-D', files, ...options], account)
  const adminUrl = `postgres://admin@127.0.0.1:${port}/postgres?sslmode=disable`
  if (!(await poll(() => answers(adminUrl), { everyMs: 20, maxMs: 30_000 })))
    throw new Error(`PostgreSQL of ${folder} does not answer.`)
  return {
    adminUrl,
    async stop() {
      const ended = endOf(server)
      server.kill('SIGINT')
      await ended
      await rm(home, { recursive: true })
    },
  }
}

function run(program: string, args: string[], { wrapper, ...ids }: Account) {
  const [command = '', ...rest] = [...wrapper, program, ...args]
  return spawn(command, rest, { ...ids, stdio: 'ignore', cwd: '/' })
}

function endOf(child: ReturnType<typeof run>): Promise<number | null> {
  return new Promise((done, fail) => child.once('exit', done).once('error', fail))
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  )
}
