import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'

const run = promisify(execFile)

beforeAll(async () => {
  await run(process.execPath, ['server/scripts/build.mjs', '--if-stale'])
}, 180_000)

describe.each(['dist/server/main.js', 'package.json'])('%s', (file) => {
  it.each(['18.20.0', '20.18.9'])('says that Node %s is too old, in one line', async (version) => {
    const program = file === 'package.json' ? await readStart() : [file]
    const failure = await run(process.execPath, ['-r', await pretend(version), ...program]).catch(
      (error) => error,
    )
    expect(failure.stderr).toBe(
      `Taskward needs Node ${await readMinimum()} or newer. This is Node ${version} (${process.execPath}).\n`,
    )
    expect(failure.code).toBe(1)
  })
})

/** The arguments of the first program of `npm start`. */
async function readStart(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  return scripts.start.split(' && ')[0].split(' ').slice(1)
}

async function readMinimum(): Promise<string> {
  return JSON.parse(await readFile('package.json', 'utf8')).engines.node.slice('>='.length)
}

/** A module that makes Node report another version. */
async function pretend(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-node-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'version.cjs')
  await writeFile(
    path,
    `Object.defineProperty(process.versions, 'node', { value: '${version}' })\n`,
  )
  return path
}
