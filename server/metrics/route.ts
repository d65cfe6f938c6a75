import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { hasSecret } from '../http/operator-secret.ts'
import { sendText } from '../http/refusals.ts'
import { serverTimes } from '../http/request-limits.ts'
import { pathOf } from '../http/request-path.ts'
import type { Logger } from '../log/log.ts'
import { contentType, formatMetrics, type ProcessMetrics } from './metrics.ts'

const metricsPath = '/metrics'

export type MetricsRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>

type RouteOptions = {
  /** METRICS_TOKEN. Undefined: the route needs no token. */
  token: string | undefined
  /** The metrics of every process of this instance. */
  collectAll: () => Promise<ProcessMetrics[]>
}

/** Answers GET /metrics. */
export function createMetricsRoute({ token, collectAll }: RouteOptions): MetricsRoute {
  return async (request, response) => {
    if (request.method !== 'GET') {
      response.setHeader('Allow', 'GET')
      return sendText(response, 405, 'Use GET.\n')
    }
    if (token !== undefined && !hasSecret(request.headers.authorization, token)) {
      response.setHeader('WWW-Authenticate', 'Bearer realm="metrics"')
      return sendText(response, 401, 'Authenticate with METRICS_TOKEN as bearer token.\n')
    }
    const text = await formatMetrics(await collectAll())
    response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(text)
  }
}

/**
 * Serves the metrics on a port of their own, and nothing else.
 * @returns a function that closes the port.
 * @throws Error when the port is in use.
 */
export function listenForMetrics(port: number, answer: MetricsRoute, log: Logger) {
  const server = createServer(serverTimes, (request, response) => {
    if (pathOf(request) !== metricsPath) return sendText(response, 404, 'Not found.\n')
    answer(request, response).catch((err) => {
      log.error({ err }, 'The metrics could not be read')
      sendText(response, 500, 'The metrics could not be read.\n')
    })
  })
  return new Promise<() => Promise<void>>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = `METRICS_PORT ${port} is in use. Stop the program that uses it, or set another.`
      reject(error.code === 'EADDRINUSE' ? new Error(reason) : error)
    })
    server.listen(port, () =>
      resolve(async () => {
        server.close()
        server.closeAllConnections()
      }),
    )
  })
}
