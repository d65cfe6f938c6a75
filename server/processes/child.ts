import cluster from 'node:cluster'
import { once } from 'node:events'
import type { Order, Report } from './worker.ts'

/** A worker process, as the main process sees it. */
export type Child = ReturnType<typeof forkChild>

/** Starts this program again as a worker. `environment`: added to that of this process. */
export function forkChild(environment: Record<string, string>) {
  const worker = cluster.fork(environment)
  let isReady = false
  let takeCount = (_connections: number) => {}
  const ready = new Promise<void>((resolve) => {
    worker.on('message', (report: Report) => {
      if (report !== 'ready') return takeCount(report)
      isReady = true
      resolve()
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
