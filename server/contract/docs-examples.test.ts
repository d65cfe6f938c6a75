import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import type { App } from '../testing/app.ts'
import { filesIn, openReaderFolder, runsIn, stepsIn } from '../testing/doc-examples.ts'
import { it } from '../testing/test.ts'
import { guides as guidesOfClients } from '../trials/clients/clients.ts'

const root = join(import.meta.dirname, '../..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)

// Python is optional for developers and required in CI.
const hasPython = process.env.CI !== undefined || spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.warn('No python3 found: the Python example is not tested.')

const guides = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md') && !guidesOfClients.includes(name)) // npm run test:clients
  .map((name) => ({ name, steps: stepsIn(readFileSync(join(root, 'docs', name), 'utf8')) }))
  .filter(({ steps }) => steps.some(({ kind }) => kind === 'run'))

async function run(
  app: App,
  folder: string,
  token: string,
  file: string,
  args: string[],
): Promise<string> {
  const env = { ...process.env, TASKWARD_URL: app.url, TASKWARD_TOKEN: token }
  const { stdout } = await promisify(execFile)(file, args, { cwd: folder, env })
  return stdout
}

describe.each(guides)('docs/$name', ({ steps }) => {
  let folder: string
  let token: string
  it.beforeAll(async ({ app }) => {
    folder = await openReaderFolder()
    const ada = await app.signUp('Ada')
    token = (await makeAccessToken(app, ada, ['tasks:read', 'tasks:write'])).token
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.for(runsIn(steps))(
    'prints the documented output: %s',
    async ([_heading, step, files], { app }) => {
      for (const { name, content } of files) await writeFile(join(folder, name), content)
      if (!hasPython && step.command.startsWith('python3')) return // the warning above says so
      const printed = await run(app, folder, token, 'bash', ['-euc', step.command])
      const expected = step.output.replaceAll('http://localhost:4000', app.url)
      expect(printed.trimEnd()).toBe(expected.trimEnd())
    },
  )
})

const compilerOptions = [
  ...['--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions'],
  ...['--target', 'es2023', '--module', 'nodenext', '--types', 'node'],
]

describe('the TypeScript of the quick start', () => {
  it('compiles against the schema, and fails on an unknown field', async ({ app }) => {
    const folder = await openReaderFolder()
    const files = filesIn(guides.find(({ name }) => name === 'quick-start.md')?.steps ?? [])
    for (const { name, content } of files) await writeFile(join(folder, name), content)
    await run(app, folder, '', bin('graphql-codegen'), ['--config', 'codegen.ts', '--silent'])
    const check = () => run(app, folder, '', bin('tsc'), [...compilerOptions, 'tasks.mts'])
    expect(await check()).toBe('')
    const file = join(folder, 'tasks.mts')
    const program = await readFile(file, 'utf8')
    await writeFile(file, program.replace('const { title,', 'const { titel: title,'))
    await expect(check()).rejects.toMatchObject({ stdout: expect.stringContaining("'titel'") })
    await rm(folder, { recursive: true })
  })
})
