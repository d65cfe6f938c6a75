import { type Bench, keyOf } from './measure.ts'
import type { OperationName } from './operations.ts'
import { restoreTasks } from './rows.ts'
import type { Server } from './servers.ts'

const share = 0.7
const seconds = 30
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
  const outcome = await load.open({ keys, url, connections: openConnections, perSecond, seconds })
  const { p50, p99, answered, refused, lost, example } = outcome
  return [
    `${name}: at most ${Math.max(...highest).toFixed(0)} requests per second.`,
    `At ${perSecond.toFixed(0)} per second for ${seconds} s: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${(p99 / p50).toFixed(1)} × p50),`,
    `${answered} answered, ${refused} refused, ${lost} lost${example ? `: ${example}` : ''}.`,
  ].join('\n')
}
