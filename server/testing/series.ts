export type Labels = Record<string, string>
type Series = { name: string; labels: Labels; value: number }

/** Reads the text format of Prometheus. @throws Error for a line that is not in the format. */
export function parseMetrics(text: string) {
  const all = text
    .split('\n')
    .filter((line) => line !== '' && !/^# (HELP|TYPE) /.test(line))
    .map(parseLine)
  return {
    /** The values of `label` of a metric. */
    list: (name: string, label: string) =>
      all.filter((one) => one.name === name).map(({ labels }) => labels[label] ?? ''),
    /** The sum of the series of a metric that have at least these labels. Undefined: there is none. */
    read(name: string, wanted: Labels = {}): number | undefined {
      const found = all.filter((one) => one.name === name && hasLabels(one, wanted))
      return found.length > 0 ? found.reduce((sum, { value }) => sum + value, 0) : undefined
    },
  }
}

function parseLine(line: string): Series {
  const [, name, labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
  if (name === undefined || !/^([+-]?Inf|nan|[\d.e+-]+)$/i.test(value ?? ''))
    throw new Error(`No line of the text format: ${line}`)
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)]
  if (pairs.map(([pair]) => pair).join('') !== labels) throw new Error(`Bad labels: ${line}`)
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, label, text]) => [label, text])),
    value: Number(value?.replace('Inf', 'Infinity')),
  }
}

function hasLabels({ labels }: Series, wanted: Labels): boolean {
  return Object.entries(wanted).every(([label, text]) => labels[label] === text)
}
