import { closeLater } from '../../closing.ts'
import { listChildren, readCpuMs, readTreeCpuMs } from './cpu.ts'
import { type Bench, keyOf } from './measure.ts'
import type { OperationName } from './operations.ts'
import { limitCpu } from './quota.ts'
import { median, table } from './report.ts'
import { restoreTasks } from './rows.ts'
import type { Server } from './servers.ts'

/** Of a core, for each process. So little that PostgreSQL and the load generator never are the limit. */
const coreShare = 0.2

type Round = { perSecond: number; cpuUs: number; busiest: number }

/**
 * Compares one process with two: throughput, CPU per request, and how evenly the two share the load.
 * `servers`: Taskward with one process, and with two.
 */
export async function describeProcesses(
  bench: Bench & { warmUp: number },
  servers: Server[],
  operations: OperationName[],
  rounds: number,
): Promise<string> {
  const measured = new Map(servers.map((server) => [server, [] as Round[]]))
  const workers = new Map<Server, number[]>()
  for (const server of servers) {
    const children = await listChildren(server.pid)
    const pids = children.length > 0 ? children : [server.pid]
    workers.set(server, pids)
    await send(bench, server, operations, bench.warmUp * pids.length)
    for (const pid of pids) closeLater(await limitCpu(pid, coreShare))
  }
  for (let round = 0; round < rounds; round++) {
    for (const [server, list] of measured) {
      list.push(await measureRound(bench, server, operations, workers.get(server) ?? []))
    }
    console.error(`round ${round + 1} of ${rounds}`)
  }
  return report([...measured.values()])
}

async function measureRound(
  bench: Bench,
  server: Server,
  operations: OperationName[],
  pids: number[],
): Promise<Round> {
  const readAll = () => Promise.all([readTreeCpuMs(server.pid), ...pids.map(readCpuMs)])
  const before = await readAll()
  const { perSecond, answered } = await send(bench, server, operations, bench.count)
  const [all = 0, ...each] = (await readAll()).map((ms, n) => ms - (before[n] ?? 0))
  await restoreTasks(bench.database.pool)
  const busiest = Math.max(...each) / each.reduce((sum, ms) => sum + ms, 0)
  return { perSecond, cpuUs: (all * 1000) / answered, busiest }
}

/** @throws Error when a request was refused or lost. */
async function send(
  { load, connections }: Bench,
  { name, url }: Server,
  operations: OperationName[],
  count: number,
) {
  const keys = operations.map((operation) => keyOf(name, operation))
  const outcome = await load.closed({ keys, url, connections, count })
  if (outcome.refused + outcome.lost > 0)
    throw new Error(`${outcome.refused} refused, ${outcome.lost} lost: ${outcome.example}`)
  return outcome
}

function report([one = [], two = []]: Round[][]): string {
  const ratio = (figure: 'perSecond' | 'cpuUs') =>
    median(two.map((round, n) => round[figure] / (one[n]?.[figure] ?? Number.NaN))).toFixed(2)
  const row = (name: string, rounds: Round[]) => [
    name,
    median(rounds.map(({ perSecond }) => perSecond)).toFixed(0),
    median(rounds.map(({ cpuUs }) => cpuUs)).toFixed(0),
    `${(100 * median(rounds.map(({ busiest }) => busiest))).toFixed(0)} %`,
  ]
  return [
    `Each process has ${100 * coreShare} % of a core. CPU in µs per request, of all processes.`,
    table(
      ['processes', 'requests/s', 'CPU', 'part of the busiest'],
      [row('one', one), row('two', two), ['ratio', ratio('perSecond'), ratio('cpuUs'), '']],
    ),
  ].join('\n\n')
}
