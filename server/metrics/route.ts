import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Address, listen } from '../http/listen.ts'
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
 * @throws Error that says which variable to change.
 */
export async function listenForMetrics(address: Address, answer: MetricsRoute, log: Logger) {
  const server = createServer(serverTimes, (request, response) => {
    if (pathOf(request) !== metricsPath) return sendText(response, 404, 'Not found.\n')
    answer(request, response).catch((err) => {
      log.error({ err }, 'The metrics could not be read')
      sendText(response, 500, 'The metrics could not be read.\n')
    })
  })
  await listen(server, address)
  return async () => {
    server.close()
    server.closeAllConnections()
  }
}
