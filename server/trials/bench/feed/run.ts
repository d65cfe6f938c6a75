import pg from 'pg'
import { findFreePort } from '#db/embedded/free-port.ts'
import { openBrowser, type Person, signUp } from '../../abuse/person.ts'
import { closeAll, closeLater } from '../../closing.ts'
import { describeMachine } from '../latency/report.ts'
import { median } from '../lists/postgres.ts'
import { openEmptyDatabase } from '../measured/database.ts'
import { type MeasuredProduct, startMeasured } from '../measured/product.ts'
import { findPostmaster, readTreeCpuMs } from '../peers/cpu.ts'

/*
 * `npm run bench:feed`: CPU of a page of 100 changes, compared with a page of 100 tasks that has the same
 * values. They alternate. Exits with 1 if a page of the feed costs more than 1.2 times as much. Figures of
 * 2026-11-27, 2 busy cores: 0.98; 1.19 with the cursor of each change; 2.27 with kind, actor and task too.
 */

const maxRatio = 1.2
const rounds = 15
const pagesOfRound = 150
const tasks = 1_000

const state = 'title description completedAt dueOn priority labels'
const documents = {
  tasks: `{ tasks(first: 100) { nodes { id deletedAt ${state} } pageInfo { hasNextPage endCursor } } }`,
  feed: `{ taskChanges(first: 100) { nodes { taskId after { deletedAt ${state} } } pageInfo { hasNextPage endCursor } } }`,
  'feed with cursors': `{ taskChanges(first: 100) { nodes { cursor taskId after { deletedAt ${state} } } pageInfo { hasNextPage endCursor } } }`,
  'feed with kinds, actors and tasks': `{ taskChanges(first: 100) { nodes { cursor kind occurredAt actor { id name } task { id ${state} } after { deletedAt ${state} } } pageInfo { hasNextPage endCursor } } }`,
}

try {
  console.log(describeMachine())
  const databaseUrl = await openEmptyDatabase()
  const product = await startMeasured({ databaseUrl, port: await findFreePort() })
  closeLater(product.stop)
  const ada = await signUp(openBrowser(product.url, '127.0.2.1'), 'ada')
  await seed(ada)
  if ((await compare(databaseUrl, product, ada)) > maxRatio) process.exitCode = 1
} finally {
  await closeAll()
}

async function seed({ query }: Person): Promise<void> {
  for (let n = 0; n < tasks; n += 10) {
    const fields = Array.from(
      { length: 10 },
      (_, i) =>
        `c${i}: createTask(input: { title: "Write the notes of meeting ${n + i}", description: "For all who were not there.", labels: ["Work"], dueOn: "2026-12-01" }) { task { id } }`,
    )
    await query(`mutation { ${fields.join(' ')} }`)
  }
}

async function compare(
  databaseUrl: string,
  product: MeasuredProduct,
  { query }: Person,
): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  const postmaster = await findPostmaster(pool)
  const readCpu = async () => ({
    node: await product.cpuMs(),
    postgres: await readTreeCpuMs(postmaster),
  })
  const names = Object.keys(documents) as (keyof typeof documents)[]
  const costs = new Map(names.map((name) => [name, { node: [] as number[], postgres: 0 }]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const before = await readCpu()
      for (let n = 0; n < pagesOfRound; n++) await query(documents[name])
      const after = await readCpu()
      const cost = costs.get(name)
      if (!cost || round === 0) continue // the first round is the warm-up
      cost.node.push((after.node - before.node) / pagesOfRound)
      cost.postgres += (after.postgres - before.postgres) / pagesOfRound / (rounds - 1)
    }
  }
  await pool.end()
  const totals = names.map((name) => {
    const cost = costs.get(name) ?? { node: [], postgres: 0 }
    const node = median(cost.node)
    return { name, node, postgres: cost.postgres, total: node + cost.postgres }
  })
  const base = totals[0]?.total ?? 1
  console.table(
    totals.map(({ name, node, postgres, total }) => ({
      page: name,
      'Node ms': node.toFixed(2),
      'PostgreSQL ms': postgres.toFixed(2),
      ratio: (total / base).toFixed(2),
    })),
  )
  return (totals[1]?.total ?? 0) / base
}
