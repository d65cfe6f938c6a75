import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { ensureAppRole, joinAppRole, requireAppRole } from './app-role.ts'
import { connect, connectionOptions, type Log } from './client.ts'
import { forceRowSecurity, readingAllRows } from './row-security.ts'

/**
 * What belongs to the server or to the platform, and a user who is no administrator cannot create.
 * The first words of a line of `pg_restore --list`, after its numbers.
 */
const foreignEntries =
  /^\d+; \d+ \d+ (EXTENSION|COMMENT|PUBLICATION|SUBSCRIPTION|EVENT TRIGGER|DEFAULT ACL|SCHEMA - public|ACL - SCHEMA)\b/

/**
 * Writes a dump of the whole database, with all rows, into `file`. The user of `url` must own the
 * tables, and needs no further rights.
 * @throws Error with the reason of pg_dump.
 */
export async function backUp(url: string, file: string): Promise<void> {
  await withClient(url, (client) =>
    readingAllRows(client, async () => {
      const { target, password } = targetOf(url)
      await run('pg_dump', ['--format=custom', `--file=${file}`, `--dbname=${target}`], password)
    }),
  )
}

/**
 * Restores a dump into an empty database, as the user of `url`, who then owns the tables.
 * @throws Error when the database has tables, or with the reason of pg_restore. Then nothing is
 * changed. SetupFault with the SQL that an administrator must run before.
 */
export async function restore(url: string, file: string, log: Log): Promise<void> {
  await withClient(url, async (client) => {
    await requireEmpty(client)
    await ensureAppRole(client)
    await withFolder(async (folder) => {
      const list = join(folder, 'list')
      await writeFile(list, chooseEntries(await run('pg_restore', ['--list', file])))
      const { target, password } = targetOf(url)
      const options = ['--no-owner', '--exit-on-error', '--single-transaction']
      const source = [`--use-list=${list}`, `--dbname=${target}`, file]
      await run('pg_restore', [...options, ...source], password)
    })
    await joinAppRole(client)
    await forceRowSecurity(client)
  })
  const { db, pool, close } = connect(url, log)
  await requireAppRole(db, pool).finally(close)
}

function chooseEntries(list: string): string {
  return list
    .split('\n')
    .filter((line) => !foreignEntries.test(line))
    .join('\n')
}

async function requireEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `select relname as name from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') order by 1`,
  )
  if (rows.length === 0) return
  const names = rows.map(({ name }) => name).join(', ')
  throw new Error(
    `The database has tables already: ${names}. Restore into an empty one: create it with createdb, ` +
      'and name it in DATABASE_URL.',
  )
}

/**
 * Runs a program of PostgreSQL's clients. The password is in the environment, because other users of
 * the machine can read the arguments of a process.
 * @returns its output.
 */
async function run(program: string, args: string[], password = ''): Promise<string> {
  const env = { ...process.env, PGPASSWORD: password }
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child
      .once('close', resolve)
      .once('error', (cause) =>
        reject(new Error(`${program} does not run here: ${cause.message}. ${install}`, { cause })),
      )
  })
  const [code, output, fault] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code === 0) return output
  throw new Error(`${program} failed: ${fault.trim()}`)
}

const install =
  'Install the clients of PostgreSQL, of the version of your server or newer (Debian: postgresql-client).'

/** For `--dbname`. */
function targetOf(url: string): { target: string; password: string } {
  const target = new URL(url)
  const password = decodeURIComponent(target.password)
  target.password = ''
  target.searchParams.delete('uselibpqcompat') // an option of pg that libpq does not know
  return { target: target.href, password }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(connectionOptions(url))
  client.on('error', () => {}) // the running statement fails too
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-restore-'))
  await work(folder).finally(() => rm(folder, { recursive: true }))
}
