import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { disableRls, findMutants, type Mutant, mutate } from './mutants.ts'

/*
 * `npm run test:mutation [part]`: takes one stone at a time out of the walls between owners, in a copy
 * of the sources, and sees whether the tests notice; then all of the first wall, and sees whether
 * the second one holds alone. Ends with 1 when there is a hole that nobody notices. `part`: only
 * holes that have it in their names.
 */

const root = join(import.meta.dirname, '../../..')
const laneCount = 2
const copied = [
  'db',
  'schema',
  'server',
  'web',
  'vitest.config.ts',
  'package.json',
  'tsconfig.json',
]

/** Five people's random operations, compared with a model that knows of nobody else. */
const modelTest = ['server/contract/differential.test.ts']
const operationCount = 10_000

const [, , part = ''] = process.argv
const mutants = (await findMutants(root)).filter(({ name }) => name.includes(part))
const unnoticed: string[] = []
const queue = [...mutants]
const startedAt = performance.now()
await expectSound(mutants)
await Promise.all(Array.from({ length: laneCount }, work))
if (part === '') await proveRlsAlone()

const seconds = Math.round((performance.now() - startedAt) / 1000)
for (const name of unnoticed) console.log(`not noticed: ${name}`)
console.log(`${mutants.length - unnoticed.length} of ${mutants.length} noticed (${seconds} s)`)
if (unnoticed.length > 0) process.exitCode = 1

async function work(): Promise<void> {
  const copy = await makeCopy()
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const restore = await change(copy, mutant.file, (source) => mutate(source, mutant))
    const rebuild = mutant.isWithoutRls ? await disableRlsIn(copy) : undefined
    const isNoticed = (await failureOf(copy, mutant.tests)) !== undefined
    await restore()
    await rebuild?.()
    if (!isNoticed) unnoticed.push(mutant.name)
    console.log(`${isNoticed ? 'noticed    ' : 'NOT NOTICED'} ${mutant.name}`)
  }
  await rm(copy, { recursive: true })
}

/**
 * Without a single owner filter in the statements, and with the second wall alone, nobody may notice
 * anything: not one answer may differ.
 */
async function proveRlsAlone(): Promise<void> {
  const copy = await makeCopy()
  // From the end of a file, so that the places of the others stay where they were.
  const filters = mutants.filter(({ isWithoutRls }) => isWithoutRls).reverse()
  for (const filter of filters) await change(copy, filter.file, (source) => mutate(source, filter))
  const failure = await failureOf(copy, modelTest)
  await rm(copy, { recursive: true })
  const what = `${operationCount} operations without any of the ${filters.length} owner filters`
  console.log(`${failure === undefined ? 'no difference in' : 'A DIFFERENCE in'} ${what}`)
  if (failure === undefined) return
  console.log(failure)
  process.exitCode = 1
}

/** Without any hole nothing may fail, or noticing would prove nothing. */
async function expectSound(mutants: Mutant[]): Promise<void> {
  const copy = await makeCopy()
  for (const isWithoutRls of [true, false]) {
    const meant = mutants.filter((mutant) => mutant.isWithoutRls === isWithoutRls)
    if (meant.length === 0) continue
    const restore = isWithoutRls ? await disableRlsIn(copy) : undefined
    const failure = await failureOf(copy, [...new Set(meant.flatMap(({ tests }) => tests))])
    await restore?.()
    if (failure !== undefined) throw new Error(`The tests fail without any hole.\n${failure}`)
  }
  await rm(copy, { recursive: true })
}

async function makeCopy(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'taskward-walls-'))
  for (const name of copied) await cp(join(root, name), join(copy, name), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** @returns a function that puts the file back. */
async function change(
  copy: string,
  file: string,
  edit: (source: string) => string,
): Promise<() => Promise<void>> {
  const path = join(copy, file)
  const source = await readFile(path, 'utf8')
  await writeFile(path, edit(source))
  return () => writeFile(path, source)
}

function disableRlsIn(copy: string) {
  return change(copy, 'db/as-owner.ts', disableRls)
}

/** What Vitest printed; undefined: everything passed. */
async function failureOf(copy: string, tests: string[]): Promise<string | undefined> {
  const options = ['run', '--project', 'node', '--bail', '1', '--no-file-parallelism']
  const vitest = spawn(join(copy, 'node_modules/.bin/vitest'), [...options, ...tests], {
    cwd: copy,
    env: { ...process.env, DIFFERENTIAL_OPERATIONS: String(operationCount) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, complaint, [code]] = await Promise.all([
    text(vitest.stdout),
    text(vitest.stderr),
    once(vitest, 'exit'),
  ])
  return code === 0 ? undefined : output + complaint
}
