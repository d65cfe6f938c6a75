import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBrowser, type Person, signUp } from './person.ts'

/** What honest users measured: the times of their requests, and the answers by status. */
type Measured = { ms: number[]; statuses: Record<number, number> }

const honestUsers = 3
const pauseMs = 10
const maxSlowdown = 5

/**
 * Runs five concurrent attackers, each with its own address and account, while honest users list and
 * write tasks. @returns whether the honest users' p99 is at most five times that of an idle server,
 * and none of their requests was refused.
 */
export async function withstandsSiege(url: string, seconds: number): Promise<boolean> {
  const people = await Promise.all(
    Array.from({ length: honestUsers }, (_, n) =>
      signUp(openBrowser(url, `127.0.0.${100 + n}`), 'honest'),
    ),
  )
  await measure(people, Math.min(seconds, 10)) // warms up the JIT compiler
  const idle = await measure(people, Math.max(5, seconds / 3))
  const besieger = fork(join(import.meta.dirname, 'besieger.ts'), [url], {
    execArgv: ['--import', 'tsx'],
  })
  await once(besieger, 'message')
  const besieged = await measure(people, seconds)
  besieger.send('end')
  const [outcomes] = (await once(besieger, 'message')) as [Record<string, Record<number, number>>]
  for (const [name, statuses] of Object.entries(outcomes))
    console.log(`  ${name}: ${describe(statuses)}`)
  return report(idle, besieged)
}

async function measure(people: Person[], seconds: number): Promise<Measured> {
  const measured: Measured = { ms: [], statuses: {} }
  const end = performance.now() + seconds * 1000
  await Promise.all(
    people.map(async (person) => {
      for (let n = 0; performance.now() < end; n++) {
        const start = performance.now()
        const { status } = await ask(person, n)
        measured.ms.push(performance.now() - start)
        measured.statuses[status] = (measured.statuses[status] ?? 0) + 1
        await sleep(pauseMs)
      }
    }),
  )
  return measured
}

/** Reads nine pages, then creates a task. */
function ask(person: Person, n: number) {
  return n % 10 === 9
    ? person.query('mutation { createTask(input: { title: "Buy milk" }) { task { id } } }')
    : person.query('{ tasks { nodes { id title } pageInfo { hasNextPage } } }')
}

function report(idle: Measured, besieged: Measured): boolean {
  const ratio = quantile(besieged.ms, 0.99) / quantile(idle.ms, 0.99)
  const isRefused = Object.keys(besieged.statuses).some((status) => status !== '200')
  const isPassed = ratio <= maxSlowdown && !isRefused
  console.log(`${isPassed ? 'passed' : 'FAILED'}  five concurrent attackers`)
  for (const [name, { ms, statuses }] of Object.entries({ idle, besieged })) {
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(ms, share).toFixed(1))
    console.log(`  honest users, ${name}: p50 ${p50} ms, p99 ${p99} ms, ${describe(statuses)}`)
  }
  console.log(`  p99 besieged : idle = ${ratio.toFixed(2)}`)
  return isPassed
}

function describe(statuses: Record<number, number>): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${count} x ${status === '0' ? 'hung up' : status}`)
    .join(', ')
}

function quantile(values: number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
}
