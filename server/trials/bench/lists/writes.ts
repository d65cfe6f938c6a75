import { randomUUID } from 'node:crypto'
import type { Db } from '#db/client.ts'
import { indexOwner } from '#db/task-grams.ts'
import { createTask, type TaskValues, updateTask } from '#db/tasks.ts'
import { by } from '#db/testing/tasks.ts'
import { deleteTask } from '#db/trash.ts'
import { describeMachine } from '../latency/report.ts'
import { type Bench, median, withPostgres } from './postgres.ts'

/*
 * `npm run bench:lists -- writes`: what the triggers that index searches add to the CPU of
 * PostgreSQL for a write, for an owner without an index of searches and for one with it. Rounds without
 * the triggers, with them, and with them and the index alternate in one run.
 */

const batch = 1_000

export const short: TaskValues = {
  title: 'Write the notes of the meeting',
  description: null,
  dueOn: null,
  priority: 'MEDIUM',
  labels: [],
}
const long: TaskValues = {
  ...short,
  description: 'Water the plants in the kitchen, then call the dentist about the budget. '.repeat(
    4,
  ),
}

type Writer = {
  create: (values: TaskValues) => Promise<void>
  next: () => string
  pop: () => string
}

export async function benchWrites(rounds: number): Promise<void> {
  await withPostgres(async (bench) => {
    console.log(describeMachine())
    const [plain, indexed] = [randomUUID(), randomUUID()]
    const sides = [
      { name: 'without', ownerId: plain, isOn: false },
      { name: 'with', ownerId: plain, isOn: true },
      { name: 'indexed', ownerId: indexed, isOn: true },
    ].map((side) => ({ ...side, writer: createWriter(bench.db, side.ownerId) }))
    for (const { writer } of sides) for (let n = 0; n < 3_000; n++) await writer.create(short)
    await indexOwner(bench.db, indexed)
    const triggers = await listTriggers(bench)
    for (const [name, write] of Object.entries(writesOf(bench.db))) {
      const measured = sides.map((): number[] => [])
      for (let round = -1; round < rounds; round++) {
        for (const [index, { ownerId, isOn, writer }] of sides.entries()) {
          const set = isOn ? 'enable' : 'disable'
          for (const trigger of triggers)
            await bench.pool.query(`alter table tasks ${set} trigger ${trigger}`)
          const us = await bench.measure(batch, () => write(ownerId, writer))
          if (round >= 0) measured[index]?.push(us)
        }
      }
      const [without = 0, ...others] = measured.map(median)
      const ratios = others.map((us) => (us / without).toFixed(2))
      console.log(`| ${name} | ${without.toFixed(0)} | ${ratios.join(' | ')} |`)
      for (const table of ['tasks', 'task_counts', 'task_grams'])
        await bench.pool.query(`vacuum ${table}`)
    }
  })
}

export function createWriter(db: Db, ownerId: string): Writer {
  const ids: string[] = []
  let n = 0
  return {
    create: async (values) => {
      const task = await createTask(db, by(ownerId), values)
      if (typeof task === 'object') ids.push(task.id)
    },
    next: () => ids[n++ % ids.length] ?? '',
    pop: () => ids.pop() ?? '',
  }
}

export type Write = (ownerId: string, writer: Writer) => Promise<unknown>

export function writesOf(db: Db): Record<string, Write> {
  let n = 0
  const done = new Set<string>()
  return {
    'create, 30 letters': (_owner, { create }) => create(short),
    'create, 320 letters': (_owner, { create }) => create(long),
    'complete or reopen': (ownerId, { next }) => {
      const id = next()
      const completed = !done.delete(id)
      if (completed) done.add(id)
      return updateTask(db, by(ownerId), id, { completed })
    },
    retitle: (ownerId, { next }) =>
      updateTask(db, by(ownerId), next(), { title: `Read the notes ${n++}` }),
    'another due date': (ownerId, { next }) =>
      updateTask(db, by(ownerId), next(), { dueOn: `2026-12-${10 + (n++ % 20)}` }),
    delete: (ownerId, { pop }) => deleteTask(db, by(ownerId), pop()),
  }
}

async function listTriggers({ pool }: Bench): Promise<string[]> {
  const { rows } = await pool.query<{ tgname: string }>(
    `select tgname from pg_trigger
      where tgrelid = 'tasks'::regclass and tgname ~ '^(count|index)_' and not tgisinternal`,
  )
  return rows.map(({ tgname }) => tgname)
}
