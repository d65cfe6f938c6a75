import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './child.ts'

const maxWaitMs = 1_000
const quietRounds = 3

/**
 * Stops listening, and then the processes. Connections that wait in the queue of the operating
 * system, or in that of node:cluster, would be reset. They are handed to the processes first:
 * messages arrive in order, so a process accepts them before it reads that it must stop.
 */
export async function closePort(children: Child[]): Promise<void> {
  await Promise.race([handOverWaiting(children), sleep(maxWaitMs)])
  for (const child of children) child.stop()
  cluster.disconnect() // closes the port now, not when the last process has
}

/** Resolves when no process has accepted a connection for three rounds of messages. */
async function handOverWaiting(children: Child[]): Promise<void> {
  const ready = children.filter((child) => child.isReady())
  const giveUpAt = performance.now() + maxWaitMs
  let before = Number.NaN
  for (let quiet = 0; quiet < quietRounds && performance.now() < giveUpAt; ) {
    const counts = await Promise.all(ready.map((child) => child.countConnections()))
    const total = counts.reduce((sum, count) => sum + count, 0)
    quiet = total === before ? quiet + 1 : 0
    before = total
  }
}
