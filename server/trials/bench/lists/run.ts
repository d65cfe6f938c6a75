import { type Position, positionOf, type TaskOrder } from '#db/pages.ts'
import { everyColumn } from '#db/task-columns.ts'
import type { TaskFilter } from '#db/task-filter.ts'
import { listTasks, readPage } from '#db/task-lists.ts'
import { describeMachine } from '../latency/report.ts'
import { benchHistory } from './history.ts'
import { type Bench, median, withPostgres } from './postgres.ts'
import { fillTasks, owners } from './rows.ts'
import { benchWrites } from './writes.ts'

/*
 * `npm run bench:lists`: CPU of PostgreSQL for lists of an owner with 101,000 tasks, as ratios to an
 * owner with 1,000; and for a page 500,000 deep, to the first page; see README.md. First argument: the
 * number of rounds.
 */

const benches = { writes: benchWrites, history: benchHistory }
const named = Object.entries(benches).find(([name]) => name === process.argv[2])
const rounds = Number(process.argv[named ? 3 : 2] ?? 7)
const newest: TaskOrder = { field: 'CREATED_AT', direction: 'DESC' }
const byTitle: TaskOrder = { field: 'TITLE', direction: 'ASC' }

const filters: [string, TaskFilter][] = [
  ['no filter', {}],
  ['open', { completed: false }],
  ['completed, two priorities', { completed: true, priority: ['LOW', 'HIGH'] }],
  ['search, no match', { search: 'no such words' }],
  ['search, rare', { search: ' 99' }],
  ['search, two frequent words', { search: 'birthday ticket' }],
  ['search, frequent', { search: 'birthday' }],
  ['search, two letters', { search: 'zz' }],
  ['label', { labels: ['water'] }],
  ['label, unknown', { labels: ['nowhere'] }],
]

await (named ? named[1](rounds) : withPostgres(compareLists))

async function compareLists(bench: Bench): Promise<void> {
  console.log(describeMachine())
  await fillTasks(bench)
  for (const [name, filter] of filters) {
    const read = (ownerId: string, totalCount: boolean) => () =>
      readPage(bench.db, ownerId, {
        filter,
        order: newest,
        page: { limit: 20, backward: false },
        columns: everyColumn,
        parts: { tasks: !totalCount, beyond: false, totalCount },
      })
    await compare(bench, `page, ${name}`, read(owners.many, false), read(owners.few, false))
    await compare(bench, `totalCount, ${name}`, read(owners.many, true), read(owners.few, true))
  }
  for (const order of [newest, byTitle]) {
    const page = (after?: Position) => () =>
      listTasks(bench.db, owners.deep, {}, order, { limit: 21, backward: false, after })
    const deep = await findPosition(bench, order, 500_000)
    await compare(bench, `page 500,000 deep by ${order.field}`, page(deep), page())
  }
}

async function findPosition({ pool }: Bench, order: TaskOrder, depth: number): Promise<Position> {
  const column = order.field === 'TITLE' ? 'title_key' : 'created_at'
  const { rows } = await pool.query(
    `select id, title_key as "titleKey", to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt"
       from tasks where user_id = $1 order by ${column} ${order.direction}, id ${order.direction} offset $2 limit 1`,
    [owners.deep, depth],
  )
  return positionOf(order, rows[0])
}

type Work = () => Promise<unknown>

/** Prints the medians of both and of the ratios of the rounds. */
async function compare({ measure }: Bench, name: string, work: Work, base: Work): Promise<void> {
  const counts = [await countFor(work), await countFor(base)] as const
  const measured = { work: [] as number[], base: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    measured.work.push(await measure(counts[0], work))
    measured.base.push(await measure(counts[1], base))
  }
  const [a, b] = [median(measured.work), median(measured.base)]
  console.log(`| ${name} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${(a / b).toFixed(2)} |`)
}

/** As many as take about a second: CPU time is counted in steps of 10 ms. */
async function countFor(work: Work): Promise<number> {
  await work()
  const start = performance.now()
  for (let n = 0; n < 5; n++) await work()
  return Math.max(3, Math.min(5_000, Math.ceil(5_000 / (performance.now() - start))))
}
