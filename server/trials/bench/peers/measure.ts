import { readTreeCpuMs } from './cpu.ts'
import type { BenchDatabase } from './database.ts'
import type { Load } from './load.ts'
import type { OperationName } from './operations.ts'
import { restoreTasks } from './rows.ts'
import type { Server, ServerName } from './servers.ts'
import type { Subjects } from './subjects.ts'

/** Processor time for one answered request in microseconds; p50 and p99 in milliseconds. */
export type Measured = {
  server: ServerName
  operation: OperationName
  round: number
  nodeUs: number
  postgresUs: number
  perSecond: number
  p50: number
  p99: number
}

export type Bench = {
  database: BenchDatabase
  postmaster: number
  load: Load
  connections: number
  /** Requests of one measurement. */
  count: number
}

export const keyOf = (server: ServerName, operation: OperationName) => `${server} ${operation}`

/** Hands the requests of an operation to the load generator. */
export async function prepareLoad(
  { load, database: { tokens } }: Bench,
  { name, dialect }: Server,
  operationName: OperationName,
  subjects: Subjects,
): Promise<void> {
  const { document, variables } = dialect[operationName]
  const entries = subjects[operationName].map((subject): [string, object] => [
    tokens.get(subject.task.userId) ?? '',
    variables(subject),
  ])
  await load.prepare(keyOf(name, operationName), { operationName, document }, entries)
}

/** @throws Error when an answer was not a right one. */
export async function measure(
  { database, postmaster, load, connections, count }: Bench,
  { name, url, pid }: Server,
  operation: OperationName,
  round: number,
): Promise<Measured> {
  const cpuMs = () => Promise.all([readTreeCpuMs(pid), readTreeCpuMs(postmaster)])
  const [nodeBefore, postgresBefore] = await cpuMs()
  const outcome = await load.closed({ keys: [keyOf(name, operation)], url, connections, count })
  const [nodeAfter, postgresAfter] = await cpuMs()
  if (operation.startsWith('M')) await restoreTasks(database.pool)
  const { answered, refused, example, perSecond, p50, p99 } = outcome
  if (refused > 0)
    throw new Error(
      `${name} refused ${refused} of ${answered} requests of ${operation}: ${example}`,
    )
  const nodeUs = ((nodeAfter - nodeBefore) * 1000) / answered
  const postgresUs = ((postgresAfter - postgresBefore) * 1000) / answered
  return { server: name, operation, round, nodeUs, postgresUs, perSecond, p50, p99 }
}
