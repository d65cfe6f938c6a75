import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { errorCodes } from '#schema/errors.ts'
import { scopeMeanings } from '#schema/scopes.ts'
import type { App } from '../testing/app.ts'
import { it } from '../testing/test.ts'

const root = join(import.meta.dirname, '../..')

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskward-docs-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** The first code block of the language that contains `phrase`. */
async function block(app: App, path: string, language: string, phrase: string): Promise<string> {
  const text = await readFile(join(root, path), 'utf8')
  const blocks = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
  const found = blocks.find(([, name, code]) => name === language && code?.includes(phrase))?.[2]
  if (found === undefined) throw new Error(`${path} has no ${language} block with ${phrase}.`)
  return found.replaceAll('http://localhost:4000', app.url)
}

/** The code of a folder, without tests and trials. */
async function readSources(folder: string): Promise<string> {
  const names = await readdir(join(root, folder), { recursive: true })
  const sources = names.filter(
    (name) => /(?<!\.test)\.ts$/.test(name) && !/^(testing|trials)\//.test(name),
  )
  return (
    await Promise.all(sources.map((name) => readFile(join(root, folder, name), 'utf8')))
  ).join()
}

async function run(app: App, command: string, file: string, program: string): Promise<string> {
  await writeFile(join(folder, file), program)
  const { stdout } = await promisify(execFile)(command, [file], {
    cwd: folder,
    env: { ...process.env, TASKWARD_URL: app.url },
  })
  return stdout
}

describe('the documents', () => {
  it('lead to the first query, also when the commands are run twice', async ({ app }) => {
    const commands = await block(app, 'README.md', 'sh', 'sign-up/email')
    expect(await run(app, 'bash', 'commands.sh', commands)).toContain(
      '{"data":{"tasks":{"totalCount":1,"nodes":[{"title":"Write the notes","completed":false}]}}}',
    )
    // Pasted once more: the account exists, and another task is created.
    expect(await run(app, 'bash', 'commands.sh', commands)).toContain(
      '{"data":{"tasks":{"totalCount":2',
    )
  })

  it('quote lines of the log that exist', async () => {
    const manual = await readFile(join(root, 'docs/operations.md'), 'utf8')
    const table = manual.slice(manual.indexOf('## The log'), manual.indexOf('### Housekeeping'))
    const rows = [...table.matchAll(/^\| (`.*?`) \|/gm)].map(([, lines = '']) => lines)
    const quotes = rows.flatMap((lines) => [...lines.matchAll(/`(.*?)`/g)].map(([, text]) => text))
    const source = (await readSources('db')) + (await readSources('server'))
    const exists = (text = '') => text.split('…').every((part) => source.includes(part.trim()))
    expect(quotes).toContain('Stopping')
    expect(quotes.filter((text) => !exists(text))).toEqual([])
  })

  it('list every line of the log from info on, and every metric', async () => {
    const manual = await readFile(join(root, 'docs/operations.md'), 'utf8')
    const table = manual.slice(manual.indexOf('## The log'), manual.indexOf('### Housekeeping'))
    const source = (await readSources('db')) + (await readSources('server'))
    const calls = /\blog\.(?:info|warn|error|fatal)\(\s*(?:\{[^}]*\},\s*)?(['`])(.+?)\1/g
    const lines = [...source.matchAll(calls)].map(([, , text = '']) => text)
    const exists = (text: string) =>
      text
        .split(/\$\{[^}]*\}/)
        .every((part) => table.includes(part.replaceAll(/^[.\s]+|[.\s]+$/g, '')))
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter((text) => !exists(text))).toEqual([])
    const metrics = [...source.matchAll(/name: '(taskward_\w+)'/g)].map(([, name]) => name)
    expect(metrics.length).toBeGreaterThan(8)
    expect(metrics.filter((name) => !manual.includes(`\`${name}\``))).toEqual([])
  })

  it('explain every error code and every scope', async () => {
    const errors = await readFile(join(root, 'docs/errors.md'), 'utf8')
    const scopes = await readFile(join(root, 'docs/scopes.md'), 'utf8')
    expect(errorCodes.filter((code) => !errors.includes(`\`${code}\``))).toEqual([])
    expect(Object.keys(scopeMeanings).filter((scope) => !scopes.includes(`\`${scope}\``))).toEqual(
      [],
    )
  })

  it('name only files and scripts that exist', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name)
    expect(named.filter((name) => name === undefined || !(name in scripts))).toEqual([])
    const paths = [...readme.matchAll(/(?:`|\()((?:db|schema|server|web|docs)\/[\w./-]+)(?:`|\))/g)]
    const missing = paths
      .map(([, path]) => path ?? '')
      .filter((path) => !existsSync(join(root, path)))
    expect(missing).toEqual([])
  })
})
