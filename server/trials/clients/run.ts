import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from '../../../db/embedded/free-port.ts' // the folder is a package of its own
import { startInstance } from '../faults/instance.ts'
import { type Client, chooseClients } from './clients.ts'
import { type Environment, followGuide } from './guide.ts'

/*
 * `npm run test:clients [-- name…]`: connects clients to the built product; see README.md. Exits with
 * 1 if one of them fails.
 */

const folder = import.meta.dirname
const maxMs = 120_000 // for one client
const concurrency = 2

const chosen = chooseClients(process.argv.slice(2))
installClients()
const dataDir = await mkdtemp(join(tmpdir(), 'taskward-clients-'))
const port = await findFreePort()
const TASKWARD_URL = `http://127.0.0.1:${port}`
const taskward = await startInstance('bundle', dataDir, port, { BETTER_AUTH_URL: TASKWARD_URL })
try {
  const results = await checkAll([...chosen])
  console.table(chosen.map(({ name }) => results.find(({ client }) => client === name)))
  const failed = results.filter(({ result }) => result !== 'works')
  if (results.length === 0 || failed.length > 0) process.exitCode = 1
} finally {
  await taskward.end('SIGTERM')
  await rm(dataDir, { recursive: true })
}

type Result = { client: string; version: string; result: 'works' | 'FAILED'; seconds: number }

async function checkAll(waiting: Client[]): Promise<Result[]> {
  const results: Result[] = []
  const lane = async () => {
    for (let client = waiting.shift(); client; client = waiting.shift())
      results.push(await check(client))
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return results
}

async function check(client: Client): Promise<Result> {
  const since = performance.now()
  const fault = await run(client).then(
    () => undefined,
    (error) => error,
  )
  if (fault) console.error(`${client.name}:`, fault.stderr || fault)
  return {
    client: client.name,
    version: readVersion(client.package),
    result: fault ? 'FAILED' : 'works',
    seconds: Math.round((performance.now() - since) / 100) / 10,
  }
}

async function run({ run }: Client): Promise<void> {
  const env: Environment = { ...process.env, TASKWARD_URL }
  if (run.endsWith('.md')) {
    const script = join(folder, 'programs/print-token.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env })
    await followGuide(run, { ...env, TASKWARD_TOKEN: stdout })
  } else {
    const options = { env, timeout: maxMs }
    await promisify(execFile)(process.execPath, [join(folder, 'programs', run)], options)
  }
}

function readVersion(name: string): string {
  const file = join(folder, 'node_modules', name, 'package.json')
  return JSON.parse(readFileSync(file, 'utf8')).version
}

/** Installs the clients into this folder, unless those of the lock file are there. */
function installClients(): void {
  const installed = join(folder, 'node_modules/.package-lock.json')
  if (existsSync(installed)) return
  console.error('Installing the clients (once)…')
  const args = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', [...args, '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
