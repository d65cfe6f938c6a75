import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessMetrics } from '../metrics/metrics.ts'
import type { Order, Report } from './worker.ts'

/** A worker process, as the main process sees it. */
export type Child = ReturnType<typeof forkChild>

/** A process that does not answer in this time is missing in the metrics. Prometheus waits 10 s. */
const maxCollectMs = 2_000

/**
 * Starts this program again as a worker. `environment`: added to that of this process. `collectAll`:
 * the metrics of all workers.
 */
export function forkChild(
  environment: Record<string, string>,
  collectAll: () => Promise<ProcessMetrics[]>,
) {
  const worker = cluster.fork(environment)
  let isReady = false
  let takeCount = (_connections: number) => {}
  let takeMetrics = (_own: ProcessMetrics) => {}
  const ready = new Promise<void>((resolve) => {
    worker.on('message', (report: Report) => {
      if (report === 'ready') {
        isReady = true
        resolve()
      } else if (report === 'scrape') void collectAll().then((all) => send({ all }))
      else if (typeof report === 'number') takeCount(report)
      else takeMetrics(report.own)
    })
  })
  const ended = once(worker, 'exit').then(([code, signal]) => {
    isReady = false
    return { pid: worker.process.pid, code, signal }
  })
  worker.on('error', () => {}) // a message to a process that has just ended; `ended` says so
  const send = (order: Order) => worker.send(order, () => {})
  const kill = () => worker.process.kill('SIGKILL')

  return {
    /** Resolves when it serves requests. */
    ready,
    /** Resolves when it has ended, with what the log says about that. */
    ended,
    isReady: () => isReady,
    kill,
    endReadiness: () => send('endReadiness'),
    /** Finishes its requests and ends. Before it is ready it has none. */
    stop: () => (isReady ? send('stop') : kill()),
    /** Its metrics. Undefined: it has ended or does not answer. */
    collectMetrics: (): Promise<ProcessMetrics | undefined> => {
      const collected = new Promise<ProcessMetrics>((resolve) => {
        takeMetrics = resolve
        send('collect')
      })
      const tooLate = sleep(maxCollectMs, undefined, { ref: false })
      return Promise.race([collected, ended.then(() => undefined), tooLate])
    },
    /** The number of connections that it has accepted. 0: it has ended. */
    countConnections: (): Promise<number> => {
      const counted = new Promise<number>((resolve) => {
        takeCount = resolve
        send('count')
      })
      return Promise.race([counted, ended.then(() => 0)])
    },
  }
}
