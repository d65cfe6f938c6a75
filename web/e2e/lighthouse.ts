/**
 * Measures the task page and the sign-in page of the built product with Lighthouse, as a phone on a
 * slow connection and as a desktop; prints a table, and fails when a score is under 95.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BrowserContext, chromium } from 'playwright-core'
import { findFreePort } from '#db/embedded/free-port.ts'
import { createAccount, signIn } from './account.ts'
import { chromiumArguments, requireChromium } from './chromium.ts'
import { startProduct } from './product.ts'
import { everydayTasks } from './sample-tasks.ts'

const version = '12.8.2' // the last one that runs on Node 20
const categories = ['performance', 'accessibility', 'best-practices'] as const
const forms = ['mobile', 'desktop'] as const
const minScore = 95
const runs = 3

type Scores = Record<(typeof categories)[number], number>
/** `machine` is Lighthouse's benchmark index. Under 1500, `performance` is not reliable. */
type Row = Scores & { machine: number }
type Report = {
  finalDisplayedUrl: string
  environment: { benchmarkIndex: number }
  categories: Record<string, { score: number }>
}

const folder = await mkdtemp(join(tmpdir(), 'taskward-lighthouse-'))
const product = await startProduct()
const debuggingPort = await findFreePort()
const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
  executablePath: requireChromium(),
  args: [...chromiumArguments, `--remote-debugging-port=${debuggingPort}`],
})
try {
  const table = await measureAll(context)
  console.table(table)
  const isGood = (row: Row) => categories.every((category) => row[category] >= minScore)
  process.exitCode = Object.values(table).every(isGood) ? 0 : 1
} finally {
  await context.close()
  await product.dispose()
  await rm(folder, { recursive: true, force: true })
}

async function measureAll(context: BrowserContext): Promise<Record<string, Row>> {
  const table: Record<string, Row> = {}
  for (const form of forms) table[`sign-in, ${form}`] = await measure('/sign-in', form)
  const ada = await createAccount(product.url, 'Ada')
  await ada.createTasks(...everydayTasks())
  // Lighthouse clears the cache before each run, but not the cookies.
  await signIn(context, product.url, ada)
  for (const form of forms) table[`tasks, ${form}`] = await measure('/', form)
  return table
}

/** The best of several runs, because other load on the machine only lowers a score. */
async function measure(path: string, form: (typeof forms)[number]): Promise<Row> {
  const reports: Report[] = []
  while (reports.length < runs) reports.push(await tryLighthouse(path, form))
  const best = (category: string) => Math.max(...reports.map((report) => score(report, category)))
  return {
    performance: best('performance'),
    accessibility: best('accessibility'),
    'best-practices': best('best-practices'),
    machine: Math.max(...reports.map(({ environment }) => Math.round(environment.benchmarkIndex))),
  }
}

function score({ categories }: Report, category: string): number {
  return Math.round((categories[category]?.score ?? 0) * 100)
}

/** Retries once: on a busy machine a recording sometimes misses its beginning. */
function tryLighthouse(path: string, form: (typeof forms)[number]): Promise<Report> {
  return runLighthouse(path, form).catch(() => runLighthouse(path, form))
}

/** @throws Error when the page redirects to another one. */
async function runLighthouse(path: string, form: (typeof forms)[number]): Promise<Report> {
  const output = join(folder, 'report.json')
  await promisify(execFile)('npx', [
    '--yes',
    `lighthouse@${version}`,
    product.url + path,
    `--port=${debuggingPort}`,
    `--only-categories=${categories.join(',')}`,
    '--output=json',
    `--output-path=${output}`,
    '--quiet',
    ...(form === 'desktop' ? ['--preset=desktop'] : []),
  ])
  const report: Report = JSON.parse(await readFile(output, 'utf8'))
  if (new URL(report.finalDisplayedUrl).pathname !== path)
    throw new Error(`Asked for ${path}, measured ${report.finalDisplayedUrl}.`)
  return report
}
