import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDatabase } from '../../database.ts'
import { type Case, listCases } from './cases.ts'
import { type Query, startProduct } from './product.ts'
import { describeMachine, summarise, tableOf, verdictOf } from './report.ts'
import { fillTasks } from './rows.ts'

/*
 * Measures the built application over HTTP at 10,000 tasks of one owner among a million rows; see
 * README.md. First argument: the number of rounds.
 */

const rounds = Number(process.argv[2] ?? 60)
const warmUpRounds = 5
const log = { info() {}, warn: console.warn, error: console.error }

const dataDir = await mkdtemp(join(tmpdir(), 'taskward-bench-'))
const postgres = await startDatabase({ dataDir, log })
try {
  const product = await startProduct(postgres.url)
  try {
    await measure(product)
  } finally {
    await product.stop()
  }
} finally {
  await postgres.stop()
  await rm(dataDir, { recursive: true })
}

async function measure({ signUp, residentMegabytes }: Awaited<ReturnType<typeof startProduct>>) {
  console.log(describeMachine())
  await sleep(2_000)
  const idle = await residentMegabytes()
  const { id, query } = await signUp()
  await fillTasks(postgres.url, id)
  const cases = await listCases(query)
  await time(query, cases, warmUpRounds)
  const times = await time(query, cases, rounds)
  const measured = cases.map((it) => summarise(it, times.get(it) ?? []))
  await sleep(5_000)
  console.log(tableOf(measured))
  console.log(verdictOf(measured))
  const after = await residentMegabytes()
  console.log(`The Node process uses ${idle.toFixed(0)} MB idle after its start,`)
  console.log(`and ${after.toFixed(0)} MB idle after the run.`)
}

/** Runs all cases in each round, so that other load on the machine affects all cases equally. */
async function time(query: Query, cases: Case[], rounds: number): Promise<Map<Case, number[]>> {
  const times = new Map(cases.map((it) => [it, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const it of cases) {
      const variables = it.prepare ? await it.prepare() : it.variables
      const since = performance.now()
      await query(it.document, variables)
      times.get(it)?.push(performance.now() - since)
    }
  }
  return times
}
