import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { disableRls, findMutants, type Mutant, mutate } from './mutants.ts'

/*
 * `npm run test:mutation [part]`: in a copy of the sources, removes each owner filter, access rule and
 * row-level security policy in turn and checks that a test fails. Then it removes all owner filters
 * and checks that row-level security alone separates the owners. Exits with 1 when a mutant survives,
 * and when the sources have another number of rules than expected. `part`: only the mutants whose
 * name contains it.
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

/** Random operations of five users, each compared with a model of that user's tasks alone. */
const modelTest = ['server/contract/differential.test.ts']
const operationCount = 10_000

const [, , part = ''] = process.argv
const mutants = (await findMutants(root)).filter(({ name }) => name.includes(part))
if (mutants.length === 0) throw new Error(`No mutant has "${part}" in its name.`)
const survivors: string[] = []
const queue = [...mutants]
const startedAt = performance.now()
await expectSound(mutants)
await Promise.all(Array.from({ length: laneCount }, work))
if (part === '') await expectRlsAloneHolds()

const seconds = Math.round((performance.now() - startedAt) / 1000)
for (const name of survivors) console.log(`survived: ${name}`)
console.log(
  `${mutants.length - survivors.length} of ${mutants.length} mutants killed (${seconds} s)`,
)
if (survivors.length > 0) process.exitCode = 1

async function work(): Promise<void> {
  const copy = await makeCopy()
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const restore = await change(copy, mutant.file, (source) => mutate(source, mutant))
    const enableRls = mutant.isWithoutRls ? await disableRlsIn(copy) : undefined
    const isKilled = (await failureOf(copy, mutant.tests)) !== undefined
    await restore()
    await enableRls?.()
    if (!isKilled) survivors.push(mutant.name)
    console.log(`${isKilled ? 'killed  ' : 'SURVIVED'} ${mutant.name}`)
  }
  await rm(copy, { recursive: true })
}

/** Without any owner filter, row-level security alone must give every user the same answers. */
async function expectRlsAloneHolds(): Promise<void> {
  const copy = await makeCopy()
  // Backwards, so that the offsets of the other filters stay right.
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

/** The tests must pass without a mutant: otherwise their failure proves nothing. */
async function expectSound(mutants: Mutant[]): Promise<void> {
  const copy = await makeCopy()
  for (const isWithoutRls of [true, false]) {
    const meant = mutants.filter((mutant) => mutant.isWithoutRls === isWithoutRls)
    if (meant.length === 0) continue
    const restore = isWithoutRls ? await disableRlsIn(copy) : undefined
    const failure = await failureOf(copy, [...new Set(meant.flatMap(({ tests }) => tests))])
    await restore?.()
    if (failure !== undefined) throw new Error(`The tests fail without any mutant.\n${failure}`)
  }
  await rm(copy, { recursive: true })
}

async function makeCopy(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'taskward-mutants-'))
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
