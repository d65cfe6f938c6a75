import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { orAbort } from '#db/abort.ts'
import { openDatabase } from '#db/client.ts'
import type { Env } from '../env.ts'
import type { Logger } from '../log/log.ts'
import type { ProcessMetrics } from '../metrics/metrics.ts'
import type { Taskward } from '../taskward.ts'
import { type Child, forkChild } from './child.ts'
import { chooseCount } from './count.ts'
import { watchPort } from './port.ts'

/** Doubled after each end that follows within `steadyMs`. */
const firstDelayMs = 500
const maxDelayMs = 30_000
const steadyMs = 60_000

/**
 * Starts Taskward in several processes that share the port. This process opens the database, which
 * is the embedded one if no other is set, and starts a process again when it ends.
 * @throws Error with the reason, also that of `signal`. Everything that was started is closed before.
 */
export async function startProcesses(
  env: Env,
  log: Logger,
  signal?: AbortSignal,
): Promise<Pick<Taskward, 'url' | 'endReadiness' | 'close'>> {
  const database = await openDatabase({ ...env, log, signal })
  const crew = createCrew({ DATABASE_URL: database.url }, env.port, log)
  const close = async () => {
    await crew.stop()
    await database.close()
  }
  try {
    const isPooled = env.databaseDirectUrl !== undefined
    const count = await chooseCount({ ...env, ...database, isPooled, log })
    await orAbort(signal, async () => {
      await crew.add() // migrates the database and creates keys, before the others need them
      await Promise.all(Array.from({ length: count - 1 }, crew.add))
    })
    log.info({ processes: count }, `${count} processes share port ${env.port}`)
    return { url: env.baseUrl, endReadiness: crew.endReadiness, close }
  } catch (error) {
    await close()
    throw error
  }
}

function createCrew(environment: Record<string, string>, port: number, log: Logger) {
  const closePort = watchPort(port)
  cluster.schedulingPolicy = cluster.SCHED_RR // each connection goes to the next process in turn
  const children = new Set<Child>()
  const kept: Promise<void>[] = []
  const stopping = new AbortController()
  const { signal } = stopping
  process.once('exit', () => {
    for (const child of children) child.kill()
  })

  let collecting: Promise<ProcessMetrics[]> | undefined

  /** One round at a time, because an answer does not name its question. */
  function collectAll(): Promise<ProcessMetrics[]> {
    const ready = [...children].filter((child) => child.isReady())
    collecting ??= Promise.all(ready.map((child) => child.collectMetrics()))
      .then((all) => all.filter((own) => own !== undefined))
      .finally(() => {
        collecting = undefined
      })
    return collecting
  }

  function fork(): Child {
    const child = forkChild(environment, collectAll)
    children.add(child)
    void child.ended.then(() => children.delete(child))
    return child
  }

  async function keepRunning(first: Child): Promise<void> {
    let child = first
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, maxDelayMs)) {
      const since = performance.now()
      const end = await child.ended
      if (performance.now() - since > steadyMs) delayMs = firstDelayMs
      if (signal.aborted) return
      log.error({ ...end, delayMs }, 'A process ended unexpectedly; starting another')
      await sleep(delayMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      child = fork()
      void child.ready.then(() => log.info('A new process is ready'))
    }
  }

  return {
    /**
     * Starts a process, and from then on another one when it ends.
     * @throws Error when it ends before it is ready. It has printed the reason itself.
     */
    async add(): Promise<void> {
      const child = fork()
      const isReady = await Promise.race([
        child.ready.then(() => true),
        child.ended.then(() => false),
      ])
      if (!isReady) throw new Error('A process ended before it was ready; its output says why.')
      kept.push(keepRunning(child))
    },

    /** A process that ends from now on is not replaced: the new one would be ready. */
    endReadiness(): void {
      stopping.abort()
      for (const child of children) child.endReadiness()
    },

    /** Ends all processes after their requests. */
    async stop(): Promise<void> {
      stopping.abort()
      await closePort([...children])
      await Promise.all([...children].map((child) => child.ended))
      await Promise.all(kept)
    },
  }
}
