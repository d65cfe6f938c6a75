import type { Logger } from '../log/log.ts'
import type { Tracing } from './tracing.ts'

/** Undefined: traces are off. Their library is then not loaded. */
export async function openTracing(
  { hasTraces }: { hasTraces: boolean },
  log: Logger,
): Promise<Tracing | undefined> {
  if (!hasTraces) return undefined
  const { createTracing } = await import('./tracing.ts')
  return createTracing(log)
}
