import type { Server, ServerResponse } from 'node:http'
import net from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** Who keeps a connection busy sends the next request within this time. */
const quietMs = 250
const maxAcceptMs = 1_000
const graceMs = 7_000
const pauseMs = 20

/**
 * Follows the answers of a server, so that it can be stopped without cutting one off. Call it
 * before the first request.
 * @returns a function that stops the server: it takes no more connections, and answers what comes
 * on those it has, each for the last time. Bounded in time.
 */
export function createDrain(server: Server): () => Promise<void> {
  const unanswered = new Set<ServerResponse>()
  let isStopping = false
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (isStopping) sayGoodbye(response)
    unanswered.add(response)
    response.once('close', () => unanswered.delete(response))
  })

  return async () => {
    await acceptWaiting(server)
    // Not http's own close, which cuts idle connections at once: on one of them a request may be
    // under way to us, and its sender would see it reset.
    const closed = new Promise<boolean>((resolve) => {
      net.Server.prototype.close.call(server, () => resolve(true))
    })
    isStopping = true
    for (const response of unanswered) sayGoodbye(response)
    const isClosed = async (ms: number) => Promise.race([closed, sleep(ms, false)])
    const giveUpAt = performance.now() + graceMs
    let pause = quietMs
    while (!(await isClosed(pause)) && performance.now() < giveUpAt) {
      server.closeIdleConnections()
      pause = pauseMs
    }
    server.closeAllConnections()
  }
}

/**
 * What the system has connected and we have not taken yet would be reset when we stop listening:
 * resolves at a moment when there is nothing of that kind, which does not come while many connect.
 */
async function acceptWaiting(server: Server): Promise<void> {
  let quietTurns = 0
  const note = () => {
    quietTurns = -1
  }
  server.on('connection', note)
  const giveUpAt = performance.now() + maxAcceptMs
  while (quietTurns < 3 && performance.now() < giveUpAt) {
    await turn()
    quietTurns += 1
  }
  server.off('connection', note)
}

/** The connection is closed after this answer. Its client sends no further request on it. */
function sayGoodbye(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false
}
