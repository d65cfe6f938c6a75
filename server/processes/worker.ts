import cluster from 'node:cluster'
import type { ProcessMetrics } from '../metrics/metrics.ts'
import type { Taskward } from '../taskward.ts'

/**
 * What the main process sends to a worker process. `count` asks for the number of connections,
 * `endReadiness` makes /health/ready 503, `collect` asks for the metrics of the worker. `all`: the
 * metrics of all workers, after a `scrape`.
 */
export type Order = 'count' | 'endReadiness' | 'stop' | 'collect' | { all: ProcessMetrics[] }
/**
 * What a worker sends: it is ready, it has accepted so many connections, its metrics, or `scrape`: it
 * needs the metrics of all workers.
 */
export type Report = 'ready' | 'scrape' | number | { own: ProcessMetrics }

/**
 * A terminal and systemd send their signal to every process. The main process decides when a worker
 * stops. Call it before the worker starts.
 */
export function ignoreSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {})
}

/** Lets the main process stop this worker. If the main process dies, node:cluster ends the worker. */
export function obeyMainProcess(taskward: Taskward, stop: () => Promise<void>): void {
  process.on('message', (order: Order) => {
    if (order === 'count') report(taskward.countConnections())
    else if (order === 'endReadiness') taskward.endReadiness()
    else if (order === 'stop') void stop()
    else if (order === 'collect')
      void taskward.collectMetrics?.().then(
        (own) => report({ own }),
        () => {}, // the main process does not wait long
      )
  })
  report('ready')
}

/**
 * Asks the main process for the metrics of all workers. The connection of a scraper goes to any of
 * them.
 */
export function collectFromAll(): Promise<ProcessMetrics[]> {
  return new Promise((resolve) => {
    const take = (order: Order) => {
      if (typeof order === 'string') return
      process.off('message', take)
      resolve(order.all)
    }
    process.on('message', take)
    report('scrape')
  })
}

function report(message: Report): void {
  cluster.worker?.send(message)
}
