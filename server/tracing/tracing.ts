import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Span } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Logger } from '../log/log.ts'
import { logExportFailures } from './export-failures.ts'
import { endRequestSpan, startRequestSpan } from './request-span.ts'
import { traceStatementsOf } from './statement-spans.ts'

/** The process exits 10 seconds after the signal, and the requests under way may need 8 of them. */
const maxFlushMs = 1_500

/** The span of one request. */
export type RequestSpan = {
  /** Statements that `work` runs become children of the span. */
  run: <T>(work: () => T) => T
  /** Call it when the response is closed. */
  end: () => void
}

export type TraceRequest = (request: IncomingMessage, response: ServerResponse) => RequestSpan

export type Tracing = {
  traceRequest: TraceRequest
  /** Exports the spans that wait, for at most 1.5 seconds. */
  close: () => Promise<void>
}

/**
 * Traces requests and their statements. The SDK itself reads the OTEL_ variables: the endpoint and its
 * headers, the sampler, the resource, and the limits of its queue. The provider is not registered as
 * the global one, because Better Auth would then add spans with attributes that we do not choose.
 */
export function createTracing(log: Logger): Tracing {
  const exporter = logExportFailures(new OTLPTraceExporter(), log)
  const provider = new BasicTracerProvider({
    resource: describeProcess(),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('taskward')
  const current = new AsyncLocalStorage<Span>()
  const stopStatements = traceStatementsOf(tracer, current)
  return {
    traceRequest(request, response) {
      const span = startRequestSpan(tracer, request)
      request.traceId = span.spanContext().traceId
      return {
        run: (work) => current.run(span, work),
        end: () => endRequestSpan(span, request, response),
      }
    },
    async close() {
      stopStatements()
      const flushed = provider.shutdown().catch(() => {}) // the exporter has logged it
      await Promise.race([flushed, sleep(maxFlushMs, undefined, { ref: false })])
      current.disable()
    },
  }
}

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override it. */
function describeProcess() {
  const own = { 'service.name': 'taskward', 'service.instance.id': randomUUID() }
  return resourceFromAttributes(own).merge(detectResources({ detectors: [envDetector] }))
}
