import { cpus, loadavg, totalmem } from 'node:os'
import type { Case } from './cases.ts'

export type Measured = Pick<Case, 'group' | 'name'> & { least: number; median: number; p95: number }

/** Limit for the median of every case. */
const limitMs = 100

export function summarise({ group, name }: Case, ms: number[]): Measured {
  const sorted = ms.toSorted((a, b) => a - b)
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  return { group, name, least: quantile(0), median: quantile(0.5), p95: quantile(0.95) }
}

/** A Markdown table. Compare the ratios; the times depend on the machine. */
export function tableOf(measured: Measured[]): string {
  const floor = measured.find(({ group }) => group === 'floor')?.median ?? Number.NaN
  const rows = measured.map((row) => [
    row.group,
    row.name,
    row.least.toFixed(1),
    row.median.toFixed(1),
    row.p95.toFixed(1),
    (row.median / floor).toFixed(1),
    ratioTo('first page', row, measured)?.toFixed(2) ?? '',
    row.median < limitMs ? 'yes' : 'NO',
  ])
  return [
    '| group | case | least ms | median ms | p95 ms | × floor | × first page | < 100 ms |',
    '|---|---|---:|---:|---:|---:|---:|---|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}

/** A summary: the limit, the slowest case, and the cost of the last page. */
export function verdictOf(measured: Measured[]): string {
  const slow = measured.filter(({ median }) => median >= limitMs)
  const slowest = measured.reduce((a, b) => (a.median > b.median ? a : b))
  return [
    slow.length === 0
      ? `All ${measured.length} cases are under ${limitMs} ms at the median.`
      : `Not under ${limitMs} ms: ${slow.map(({ group, name }) => `${group}, ${name}`).join('; ')}.`,
    `The slowest is ${slowest.group}, ${slowest.name}: ${slowest.median.toFixed(1)} ms.`,
    `Last page : first page is ${spread(measured, 'last page', 'first page')}.`,
    `Last page : second page is ${spread(measured, 'last page', 'second page')}.`,
  ].join('\n')
}

/** Median, minimum and maximum over all orders. */
function spread(measured: Measured[], name: string, base: string): string {
  const rows = measured.filter((row) => row.name === name)
  const ratios = rows.map((row) => ratioTo(base, row, measured) ?? Number.NaN)
  const sorted = ratios.toSorted((a, b) => a - b).map((ratio) => ratio.toFixed(2))
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]} to ${sorted.at(-1)})`
}

/** Undefined if the group has no such row, or the row is that one. */
function ratioTo(base: string, row: Measured, measured: Measured[]): number | undefined {
  const other = measured.find(({ group, name }) => group === row.group && name === base)
  return other && other !== row ? row.median / other.median : undefined
}

export function describeMachine(): string {
  const [cpu] = cpus()
  const [load] = loadavg()
  return `${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, load ${load?.toFixed(1)} at the start`
}
