import cluster from 'node:cluster'
import type { Taskward } from '../taskward.ts'

/**
 * What the main process sends to a worker process. `count` asks for the number of connections,
 * `endReadiness` makes /health/ready 503.
 */
export type Order = 'count' | 'endReadiness' | 'stop'
/** What a worker sends: it is ready, or it has accepted so many connections. */
export type Report = 'ready' | number

/**
 * A terminal and systemd send their signal to every process. The main process decides when a worker
 * stops. Call it before the worker starts.
 */
export function ignoreSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {})
}

/** Lets the main process stop this worker. If the main process dies, node:cluster ends the worker. */
export function obeyMainProcess(taskward: Taskward, stop: () => Promise<void>): void {
  const report = (message: Report) => cluster.worker?.send(message)
  process.on('message', (order: Order) => {
    if (order === 'count') report(taskward.countConnections())
    else if (order === 'endReadiness') taskward.endReadiness()
    else void stop()
  })
  report('ready')
}
