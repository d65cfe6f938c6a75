import cluster from 'node:cluster'
import { subscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Child } from './child.ts'

const maxWaitMs = 1_000
const quietRounds = 3

/** node:cluster takes the handle out of its server, so only this event shows it. */
type Listening = { server: Server & { _handle: { close: () => void } } }

/**
 * Watches the port that node:cluster opens for the processes. Call it before the first process
 * listens.
 * @returns a function that closes the port and stops the processes. No connection is reset: not those
 * that wait in the queue of the operating system, nor those in the queue of node:cluster.
 */
export function watchPort(port: number): (children: Child[]) => Promise<void> {
  const handles: Listening['server']['_handle'][] = []
  subscribe('tracing:net.server.listen:asyncEnd', (message) => {
    const { server } = message as Listening
    const address = server.address()
    if (typeof address === 'object' && address?.port === port) handles.push(server._handle)
  })
  return async (children) => {
    // After a whole turn of the event loop, every connection that has arrived is accepted.
    await turn()
    await turn()
    // cluster.disconnect() closes the port too, but with the connections of its queue.
    for (const handle of handles) handle.close()
    await Promise.race([handOverWaiting(children), sleep(maxWaitMs)])
    // Messages arrive in order, so a process accepts its connections before it reads this.
    for (const child of children) child.stop()
    cluster.disconnect()
  }
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
