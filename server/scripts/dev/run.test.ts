import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testDatabase } from '#db/testing/database.ts'

const root = join(import.meta.dirname, '../../..')
const port = 4870
const url = `http://localhost:${port}`
const patience = { timeout: 60_000, interval: 250 }

let tree: string
let database: Awaited<ReturnType<typeof testDatabase>>
let dev: ChildProcess
let output = ''

/** Development of a copy, so that the test may change its files. */
beforeAll(async () => {
  tree = await copyTree()
  database = await testDatabase()
  const env = { ...process.env, NODE_ENV: 'development', PORT: String(port) }
  dev = spawn('node', ['--import', 'tsx', 'server/scripts/dev/run.ts'], {
    cwd: tree,
    env: { ...env, DATABASE_URL: database.url },
  })
  for (const stream of [dev.stdout, dev.stderr])
    stream?.on('data', (data) => {
      output += data
    })
  await vi.waitFor(() => expect(output).toContain('Taskward for development'), patience)
}, 90_000)

afterAll(async () => {
  if (dev.kill()) await once(dev, 'exit')
  await database.close()
  await rm(tree, { recursive: true })
})

describe('npm run dev', { timeout: 90_000 }, () => {
  it('answers requests that were sent before the server was ready, and prints no error', async () => {
    const responses = await Promise.all(
      ['/health/ready', '/api/auth/get-session', '/schema.graphql'].map((path) =>
        fetch(url + path),
      ),
    )
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(output).not.toMatch(/error/i)
  })

  it('serves the documents, and serves them again after a change', async () => {
    expect(await getText('/docs')).toContain('<h1>')
    expect(await getText('/llms.txt')).toContain('# Taskward')
    await appendFile(join(tree, 'docs/limits.md'), '\nA limit that is new.\n')
    await vi.waitFor(async () => {
      expect(await getText('/docs/limits')).toContain('A limit that is new.')
    }, patience)
  })

  it('generates the schema after a change of a type', async () => {
    const file = join(tree, 'schema/task/task.ts')
    const source = await readFile(file, 'utf8')
    await writeFile(
      file,
      source.replace('Whether the task is completed', 'Says if it is completed'),
    )
    await vi.waitFor(async () => {
      const sdl = await readFile(join(tree, 'schema/schema.graphql'), 'utf8')
      expect(sdl).toContain('Says if it is completed')
    }, patience)
  })
})

async function getText(path: string): Promise<string> {
  const response = await fetch(url + path)
  expect(response.status).toBe(200)
  return response.text()
}

/** Without .env and .data. The packages are linked. */
async function copyTree(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'taskward-dev-'))
  const names = [
    'db',
    'docs',
    'schema',
    'server',
    'web',
    'package.json',
    'tsconfig.json',
    'codegen.ts',
  ]
  const isNeeded = (path: string) => !/\/server\/trials|\/node_modules/.test(path)
  for (const name of names)
    await cp(join(root, name), join(copy, name), { recursive: true, filter: isNeeded })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}
