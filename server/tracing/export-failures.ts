import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Logger } from '../log/log.ts'

/** Logs the first of several failures in a row, and when spans arrive again. The SDK is silent. */
export function logExportFailures(exporter: SpanExporter, log: Logger): SpanExporter {
  let isFailing = false
  const note = ({ code, error }: ExportResult) => {
    const fails = code !== ExportResultCode.SUCCESS
    if (fails && !isFailing) {
      log.warn({ reason: error?.message }, 'Traces are not exported')
    } else if (!fails && isFailing) log.info('Traces are exported again')
    isFailing = fails
  }
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        note(result)
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}
