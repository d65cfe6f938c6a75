import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter, Histogram, type Registry } from 'prom-client'
import { pathOf } from '../http/request-path.ts'
import { outcomeOf } from '../log/request-notes.ts'
import { createOperationLabels } from './operation-names.ts'

/** In seconds. A usual operation takes 2 to 20 ms; the server answers within 15 s. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]

/** Call it for each request when its response is closed. */
export type ObserveRequest = (request: IncomingMessage, response: ServerResponse) => void

export function createRequestMetrics(registry: Registry): ObserveRequest {
  const registers = [registry]
  const requests = new Counter({
    name: 'taskward_requests_total',
    help: 'Requests by route, name of the GraphQL operation, and outcome.',
    labelNames: ['route', 'operation', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'taskward_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its response, without streams.',
    labelNames: ['route', 'operation'],
    buckets,
    registers,
  })
  const dryRuns = new Counter({
    name: 'taskward_dry_runs_total',
    help: 'Mutations that were executed without effect. They are requests too.',
    registers,
  })
  const labelOf = createOperationLabels()

  return (request, response) => {
    const route = routeOf(pathOf(request))
    const operation = labelOf(request.operationName)
    if (request.isDryRun) dryRuns.inc()
    requests.inc({ route, operation, outcome: outcomeOf(request, response) })
    if (isStream(response)) return
    durations.observe({ route, operation }, (performance.now() - request.startedAt) / 1_000)
  }
}

function routeOf(path: string): string {
  if (path === '/graphql') return 'graphql'
  if (path === '/mcp') return 'mcp'
  if (path.startsWith('/api/auth/')) return 'accounts'
  if (path.startsWith('/health/')) return 'health'
  return 'other'
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('Content-Type')).startsWith('text/event-stream')
}
