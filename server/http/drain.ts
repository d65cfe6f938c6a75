import type { Server, ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** A client that uses its connection sends the next request within this time. */
const quietMs = 250
const maxAcceptMs = 1_000
const maxDrainMs = 7_000
/** Between two looks for connections that have become idle. */
const pauseMs = 20

const openResponse = Symbol('the response that is not complete yet')
type Connection = Socket & { [openResponse]?: ServerResponse | undefined }

/**
 * Tracks the open responses of a server, so that it can stop without interrupting one. Call it
 * before the first request.
 * @returns a function that stops the server. The server accepts no new connections, answers the
 * requests on the open ones and then closes them. Takes at most 8 seconds.
 */
export function createDrain(server: Server): () => Promise<void> {
  // By connection, because a set of responses changes with each request: V8 then replaces its table,
  // and each old table keeps the next one, and all requests in it, until a full collection
  // (docs/decisions/0048-requests-are-collected-young.md).
  const connections = new Set<Connection>()
  let isStopping = false
  // http.Server's own close() closes idle connections immediately. A request may be under way on
  // one of them; its client would see a connection reset.
  server.close = (callback) => {
    net.Server.prototype.close.call(server, callback)
    return server
  }
  server.on('connection', (connection: Connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  server.prependListener('request', ({ socket }, response: ServerResponse) => {
    if (isStopping) closeAfter(response)
    const connection: Connection = socket
    connection[openResponse] = response
    response.once('close', () => {
      if (connection[openResponse] === response) connection[openResponse] = undefined
    })
  })

  return async () => {
    await acceptWaiting(server)
    const closed = new Promise<boolean>((resolve) => {
      server.close(() => resolve(true))
    })
    isStopping = true
    for (const { [openResponse]: response } of connections) if (response) closeAfter(response)
    const isClosed = async (ms: number) => Promise.race([closed, sleep(ms, false)])
    const giveUpAt = performance.now() + maxDrainMs
    let pause = quietMs
    while (!(await isClosed(pause)) && performance.now() < giveUpAt) {
      await turn() // reads requests that have arrived: their connections are not idle
      server.closeIdleConnections()
      pause = pauseMs
    }
    server.closeAllConnections()
  }
}

/**
 * Accepts the connections that wait in the backlog of the operating system: when listening stops,
 * they are reset. Resolves when no connection came for three turns of the event loop, or after a
 * second.
 */
async function acceptWaiting(server: Server): Promise<void> {
  let quietTurns = 0
  const restart = () => {
    quietTurns = -1
  }
  server.on('connection', restart)
  const giveUpAt = performance.now() + maxAcceptMs
  while (quietTurns < 3 && performance.now() < giveUpAt) {
    await turn()
    quietTurns += 1
  }
  server.off('connection', restart)
}

/** Sends `Connection: close`, so that the client sends no further request on this connection. */
function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false
}
