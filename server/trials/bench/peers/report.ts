import type { Measured } from './measure.ts'
import type { OperationName } from './operations.ts'
import type { ServerName } from './servers.ts'

type Figure = 'nodeUs' | 'postgresUs'

/** Markdown: ratios to the first server, which is the limit unless it was left out; then figures. */
export function describe(
  measured: Measured[],
  servers: ServerName[],
  operations: OperationName[],
): string {
  return [
    'CPU of Node per request: ratio to the first row, and the geometric mean',
    ratioTable(measured, servers, operations, 'nodeUs'),
    'CPU of PostgreSQL per request: the same',
    ratioTable(measured, servers, operations, 'postgresUs'),
    'Medians of the rounds: CPU of Node and of PostgreSQL in µs per request; requests per second; p50 and p99 in ms',
    table(
      ['server', ...operations],
      servers.map((server) => [
        server,
        ...operations.map((operation) => describeFigures(measured, server, operation)),
      ]),
    ),
  ].join('\n\n')
}

function ratioTable(
  measured: Measured[],
  servers: ServerName[],
  operations: OperationName[],
  figure: Figure,
): string {
  const rows = servers.map((server) => {
    const ratios = operations.map((name) => ratioOf(measured, server, servers[0], name, figure))
    return [server, ...[...ratios, geometricMean(ratios)].map((ratio) => ratio.toFixed(2))]
  })
  return table(['server', ...operations, 'mean'], rows)
}

/** The median of the ratios of each round: other load affects both servers of a round alike. */
function ratioOf(
  measured: Measured[],
  server: ServerName,
  base: ServerName | undefined,
  operation: OperationName,
  figure: Figure,
): number {
  const bases = measured.filter((it) => it.server === base && it.operation === operation)
  const ratios = bases.flatMap(({ round, ...it }) => {
    const other = find(measured, server, operation).find((each) => each.round === round)
    return other ? [other[figure] / it[figure]] : []
  })
  return median(ratios)
}

function describeFigures(measured: Measured[], server: ServerName, operation: OperationName) {
  const rows = find(measured, server, operation)
  const of = (figure: 'nodeUs' | 'postgresUs' | 'perSecond' | 'p50' | 'p99', digits = 0) =>
    median(rows.map((row) => row[figure])).toFixed(digits)
  return `${of('nodeUs')} + ${of('postgresUs')}; ${of('perSecond')}/s; ${of('p50', 1)}, ${of('p99', 1)}`
}

const find = (measured: Measured[], server: ServerName, operation: OperationName) =>
  measured.filter((it) => it.server === server && it.operation === operation)

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function geometricMean(values: number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

export function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map((_, n) => (n === 0 ? '---' : '---:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
