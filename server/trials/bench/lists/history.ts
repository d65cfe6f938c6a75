import { randomUUID } from 'node:crypto'
import { readPage } from '#db/task-lists.ts'
import { describeMachine } from '../latency/report.ts'
import { type Bench, median, withPostgres } from './postgres.ts'
import { createWriter, short, type Write, writesOf } from './writes.ts'

/*
 * `npm run bench:lists -- history`: CPU of PostgreSQL and of Node for a write and for a page, with the
 * triggers that record the history, as ratios to the triggers of the version before. Rounds of both
 * alternate in one run.
 */

const batch = 2_000
const measuredWrites = ['create, 30 letters', 'complete or reopen', 'retitle']

/** Those that migrations 0013 and 0024 have replaced (migrations 0002 and 0008). */
const replaced = `
  create trigger count_created after insert on tasks referencing new table as created
    for each statement execute function count_created_tasks();
  create trigger announce_creation after insert on tasks for each row execute function announce_task('CREATED');
  create trigger announce_update after update on tasks for each row
    when (old.* is distinct from new.*) execute function announce_task('UPDATED');
  create trigger count_changed after update on tasks for each row
    when ((old.completed_at is null) <> (new.completed_at is null) or old.priority_rank <> new.priority_rank)
    execute function count_changed_task();`
/** With one owner alone, PostgreSQL would scan these tables instead of using their indexes. */
const otherOwners = `
  insert into task_histories (user_id, "position") select gen_random_uuid(), 1 from generate_series(1, 5000);
  insert into task_counts (user_id, counts) select user_id, '{1,0,0,0,0,0}' from task_histories;`

const before = ['count_created', 'announce_creation', 'announce_update', 'count_changed']
const recording = ['begin_change', 'record_created', 'record_changed']

export async function benchHistory(rounds: number): Promise<void> {
  await withPostgres(async (bench) => {
    console.log(describeMachine())
    await bench.pool.query(replaced)
    await bench.pool.query(otherOwners)
    const ownerId = randomUUID()
    const writer = createWriter(bench.db, ownerId)
    await switchTriggers(bench, true)
    for (let n = 0; n < 3_000; n++) await writer.create(short)
    const writes = Object.entries(writesOf(bench.db)).filter(([name]) =>
      measuredWrites.includes(name),
    )
    const works: [string, Write][] = [...writes, ['page of 20', () => readFirst(bench, ownerId)]]
    for (const [name, work] of works) {
      await compare(bench, rounds, name, () => work(ownerId, writer))
      for (const table of ['tasks', 'task_counts', 'task_changes', 'task_histories'])
        await bench.pool.query(`vacuum analyze ${table}`)
    }
    await compareThroughput(bench, rounds)
  })
}

/** Tasks per second of 16 concurrent writers, of one owner and of 16. */
async function compareThroughput(bench: Bench, rounds: number): Promise<void> {
  for (const ownerCount of [1, 16]) {
    const owners = Array.from({ length: ownerCount }, () => randomUUID())
    const perSecond = { without: [] as number[], with: [] as number[] }
    for (let round = -1; round < rounds; round++)
      for (const side of ['without', 'with'] as const) {
        await switchTriggers(bench, side === 'with')
        const speed = await writeConcurrently(bench, owners)
        if (round >= 0) perSecond[side].push(speed)
      }
    const [base, recorded] = [median(perSecond.without), median(perSecond.with)]
    const name = `16 writers of ${ownerCount} ${ownerCount === 1 ? 'owner' : 'owners'}`
    console.log(
      `| ${name} | ${base.toFixed(0)}/s | ${recorded.toFixed(0)}/s | ${(recorded / base).toFixed(2)} |`,
    )
  }
}

async function writeConcurrently({ db }: Bench, owners: readonly string[]): Promise<number> {
  const start = performance.now()
  await Promise.all(
    Array.from({ length: 16 }, async (_, n) => {
      const writer = createWriter(db, owners[n % owners.length] ?? '')
      for (let left = batch / 16; left > 0; left--) await writer.create(short)
    }),
  )
  return (batch * 1_000) / (performance.now() - start)
}

async function compare(
  bench: Bench,
  rounds: number,
  name: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const postgres = { without: [] as number[], with: [] as number[] }
  const node = { without: [] as number[], with: [] as number[] }
  for (let round = -1; round < rounds; round++) {
    for (const side of ['without', 'with'] as const) {
      await switchTriggers(bench, side === 'with')
      const start = process.cpuUsage()
      const us = await bench.measure(batch, work)
      const { user, system } = process.cpuUsage(start)
      if (round < 0) continue
      postgres[side].push(us)
      node[side].push((user + system) / batch)
    }
  }
  const figures = [postgres, node].map((measured) => {
    const [base, recorded] = [median(measured.without), median(measured.with)]
    return `${base.toFixed(0)} | ${recorded.toFixed(0)} | ${(recorded / base).toFixed(2)}`
  })
  console.log(`| ${name} | ${figures.join(' | ')} |`)
}

async function switchTriggers({ pool }: Bench, isRecording: boolean): Promise<void> {
  const [on, off] = isRecording ? [recording, before] : [before, recording]
  for (const name of on) await pool.query(`alter table tasks enable trigger ${name}`)
  for (const name of off) await pool.query(`alter table tasks disable trigger ${name}`)
}

function readFirst({ db }: Bench, ownerId: string) {
  return readPage(db, ownerId, {
    filter: {},
    order: { field: 'CREATED_AT', direction: 'DESC' },
    page: { limit: 20, backward: false },
    columns: ['id', 'title', 'completedAt', 'createdAt'],
    parts: { tasks: true, beyond: false, totalCount: true },
  })
}
