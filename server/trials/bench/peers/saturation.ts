import type { Outcome } from './load.ts'
import { type Bench, keyOf } from './measure.ts'
import type { OperationName } from './operations.ts'
import { median } from './report.ts'
import { restoreTasks } from './rows.ts'
import type { Server } from './servers.ts'

const share = 0.7
/** A median of several windows: a pause of the machine spoils one of them. */
const windows = 6
const seconds = 5
/** Enough that a request hardly ever waits for one. */
const openConnections = 256
const crowds = [16, 32, 64]

/** The latency of a server at 70 % of its highest throughput, all operations in turn. */
export async function describeSaturation(
  { load, database, count, warmUp }: Bench & { warmUp: number },
  { name, url }: Server,
  operations: OperationName[],
): Promise<string> {
  const keys = operations.map((operation) => keyOf(name, operation))
  await load.closed({ keys, url, connections: 32, count: warmUp })
  const highest: number[] = []
  for (const connections of crowds) {
    const { perSecond } = await load.closed({ keys, url, connections, count })
    console.error(`${connections} connections: ${perSecond.toFixed(0)} per second`)
    highest.push(perSecond)
    await restoreTasks(database.pool)
  }
  const perSecond = share * Math.max(...highest)
  const outcomes: Outcome[] = []
  for (let window = 0; window < windows; window++) {
    const target = { keys, url, connections: openConnections }
    outcomes.push(await load.open({ ...target, perSecond, seconds }))
    await restoreTasks(database.pool)
  }
  return [
    `${name}: at most ${Math.max(...highest).toFixed(0)} requests per second.`,
    `At ${perSecond.toFixed(0)} per second, ${windows} times ${seconds} s: ${describeLatency(outcomes)}`,
    describeAnswers(outcomes),
  ].join('\n')
}

function describeLatency(outcomes: Outcome[]): string {
  const [p50, p99] = [outcomes.map((it) => it.p50), outcomes.map((it) => it.p99)]
  const ratios = outcomes.map((it) => it.p99 / it.p50)
  return (
    `p50 ${median(p50).toFixed(1)} ms, p99 ${median(p99).toFixed(1)} ms, ` +
    `p99 / p50 ${median(ratios).toFixed(1)} (medians; ${Math.min(...ratios).toFixed(1)} to ` +
    `${Math.max(...ratios).toFixed(1)}).`
  )
}

function describeAnswers(outcomes: Outcome[]): string {
  const sum = (figure: 'answered' | 'refused' | 'lost') =>
    outcomes.reduce((total, outcome) => total + outcome[figure], 0)
  const example = outcomes.find((outcome) => outcome.example)?.example
  return `${sum('answered')} answered, ${sum('refused')} refused, ${sum('lost')} lost${example ? `: ${example}` : ''}.`
}
