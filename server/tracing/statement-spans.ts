import type { AsyncLocalStorage } from 'node:async_hooks'
import {
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { type StatementTrace, statementTraces } from '#db/statement-trace.ts'
import { summarizeStatements } from './statement-summary.ts'

/**
 * Makes a span of each statement or batch of a request. Statements of no request, such as those of
 * housekeeping, have none. The span includes the wait for a connection.
 * @returns a function that ends this.
 */
export function traceStatementsOf(tracer: Tracer, current: AsyncLocalStorage<Span>): () => void {
  const spans = new WeakMap<object, Span>()
  const start = (message: unknown) => {
    const parent = current.getStore()
    if (!parent) return
    const statement = message as StatementTrace
    spans.set(statement, startStatementSpan(tracer, parent, statement))
  }
  const end = (message: unknown) => {
    const statement = message as StatementTrace
    const span = spans.get(statement)
    if (span && statement.error !== undefined) markFailure(span, statement.error)
    span?.end()
  }
  statementTraces.start.subscribe(start)
  statementTraces.asyncEnd.subscribe(end)
  return () => {
    statementTraces.start.unsubscribe(start)
    statementTraces.asyncEnd.unsubscribe(end)
  }
}

function startStatementSpan(tracer: Tracer, parent: Span, { texts }: StatementTrace): Span {
  const summary = summarizeStatements(texts)
  const attributes = {
    'db.system.name': 'postgresql',
    'db.query.summary': summary,
    ...(texts.length > 1 && { 'db.operation.batch.size': texts.length }),
  }
  const context = trace.setSpan(ROOT_CONTEXT, parent)
  return tracer.startSpan(summary, { kind: SpanKind.CLIENT, attributes }, context)
}

/** Without the message, which may repeat values of the statement. */
function markFailure(span: Span, error: unknown): void {
  const { code } = error as { code?: unknown } // SQLSTATE, if Postgres has sent the error
  if (typeof code === 'string') span.setAttribute('db.response.status_code', code)
  const type = error instanceof Error ? error.constructor.name : typeof error
  span.setAttribute('error.type', typeof code === 'string' ? code : type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
