import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findMutants, type Mutant, mutate, rlsEdits } from './mutants.ts'

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
const startedAt = performance.now()
const jobs = [
  ...(part === '' ? [testRlsAlone] : []), // first, because it takes longest
  ...listSoundnessTests(mutants),
  ...mutants.map((mutant) => (copy: string) => testMutant(copy, mutant)),
]
await Promise.all(Array.from({ length: laneCount }, runJobs))

const seconds = Math.round((performance.now() - startedAt) / 1000)
for (const name of survivors) console.log(`survived: ${name}`)
console.log(
  `${mutants.length - survivors.length} of ${mutants.length} mutants killed (${seconds} s)`,
)
if (survivors.length > 0) process.exitCode = 1

/** Runs jobs from the list, one after the other, in one copy. A job restores what it changes. */
async function runJobs(): Promise<void> {
  const copy = await makeCopy()
  for (let job = jobs.shift(); job; job = jobs.shift()) await job(copy)
  await rm(copy, { recursive: true })
}

async function testMutant(copy: string, mutant: Mutant): Promise<void> {
  const restore = await change(copy, mutant.file, (source) => mutate(source, mutant))
  const enableRls = mutant.isWithoutRls ? await disableRlsIn(copy) : undefined
  const isKilled = (await failureOf(copy, mutant.tests)) !== undefined
  await enableRls?.()
  await restore()
  if (!isKilled) survivors.push(mutant.name)
  console.log(`${isKilled ? 'killed  ' : 'SURVIVED'} ${mutant.name}`)
}

/** Without any owner filter, row-level security alone must give every user the same answers. */
async function testRlsAlone(copy: string): Promise<void> {
  // Backwards, so that the offsets of the other filters stay right.
  const filters = mutants
    .filter(({ isWithoutRls }) => isWithoutRls)
    .toSorted((one, other) => other.at - one.at)
  const restores: (() => Promise<void>)[] = []
  for (const filter of filters) {
    restores.unshift(await change(copy, filter.file, (source) => mutate(source, filter)))
  }
  const failure = await failureOf(copy, modelTest)
  for (const restore of restores) await restore()
  const what = `${operationCount} operations without any of the ${filters.length} owner filters`
  console.log(`${failure === undefined ? 'no difference in' : 'A DIFFERENCE in'} ${what}`)
  if (failure === undefined) return
  console.log(failure)
  process.exitCode = 1
}

/** The tests must pass without a mutant: otherwise their failure proves nothing. */
function listSoundnessTests(mutants: Mutant[]) {
  const groups = new Map(
    mutants.map((mutant) => [`${mutant.tests} ${mutant.isWithoutRls}`, mutant]),
  )
  return [...groups.values()].map(({ tests, isWithoutRls }) => async (copy: string) => {
    const enableRls = isWithoutRls ? await disableRlsIn(copy) : undefined
    const failure = await failureOf(copy, tests)
    await enableRls?.()
    if (failure !== undefined) throw new Error(`The tests fail without any mutant.\n${failure}`)
  })
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

/** @returns a function that puts the files back. */
async function disableRlsIn(copy: string): Promise<() => Promise<void>> {
  const restore = await Promise.all(rlsEdits.map(({ file, edit }) => change(copy, file, edit)))
  return async () => {
    for (const one of restore) await one()
  }
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
