import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Attributes,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { servedRoutes } from '../accounts/auth-routes.ts'
import { pathOf } from '../http/request-path.ts'
import { isFailureLogged, redactSecrets } from '../log/log.ts'
import { outcomeOf } from '../log/request-notes.ts'

/** Longer paths are cut off. The paths of Taskward have fewer characters. */
const maxPathLength = 200

/** Only these are in the names of spans, so that clients cannot create any number of names. */
const routes = new Set([
  ...['/graphql', '/mcp', '/schema.graphql', '/health/live', '/health/ready', '/metrics'],
  ...servedRoutes.map((route) => `/api/auth/${route}`),
])

const propagator = new W3CTraceContextPropagator()

/** The parent is the `traceparent` of the request, if it has a valid one (W3C Trace Context). */
export function startRequestSpan(tracer: Tracer, request: IncomingMessage): Span {
  const { method = '', headers, id, httpVersion } = request
  const path = pathOf(request)
  const route = routes.has(path) ? path : undefined
  const attributes: Attributes = {
    'http.request.method': method,
    'http.route': route,
    'url.path': redactSecrets(path.slice(0, maxPathLength)), // no query: it may hold a token
    'url.scheme': 'http', // TLS ends at a proxy
    'network.protocol.version': httpVersion,
    'taskward.request.id': id,
  }
  const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
  const name = route ? `${method} ${route}` : method
  return tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
}

/** Names follow OpenTelemetry's semantic conventions for HTTP and GraphQL servers. */
export function endRequestSpan(
  span: Span,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { operationName, operationType, isDryRun, callerKind = 'none' } = request
  const status = response.headersSent ? response.statusCode : undefined // else the client left
  const outcome = outcomeOf(request, response)
  span.setAttributes({
    'http.response.status_code': status,
    'graphql.operation.name': operationName && redactSecrets(operationName),
    'graphql.operation.type': operationType,
    'taskward.dry_run': isDryRun || undefined,
    'taskward.caller.kind': callerKind,
    'taskward.outcome': outcome,
  })
  if ((status ?? 0) >= 500 || isFailureLogged(request)) {
    span.setAttribute('error.type', outcome)
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}
