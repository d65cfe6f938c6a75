import { Writable } from 'node:stream'
import { createLog, type Logger } from '../log/log.ts'

export type LogLine = {
  level: number
  msg: string
  event?: string
  [field: string]: unknown
}

/** Creates a log that records its lines. */
export function recordLog(logLevel = 'info'): { log: Logger; lines: () => LogLine[] } {
  const chunks: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const log = createLog({ isProduction: true, logLevel }, destination)
  const lines = () =>
    chunks
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line): LogLine => JSON.parse(line))
  return { log, lines }
}
