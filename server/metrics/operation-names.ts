/** A name becomes a label at this many requests. */
const frequentUses = 20
/** Each name is a series for every outcome. Prometheus keeps a series for weeks. */
const maxNames = 100
/** Names whose requests are counted to find the frequent ones. */
const maxCandidates = 1_000
const maxLength = 64

/**
 * Returns a function that turns the name of an operation, which the client chooses, into a label: the
 * name if it is frequent and among the first 100, otherwise `other`; empty for no name. A client that
 * sends many names so creates few series.
 */
export function createOperationLabels(): (name: string | undefined) => string {
  const labels = new Set<string>()
  let candidates = new Map<string, number>()

  return (name = '') => {
    if (name === '' || labels.has(name)) return name
    if (labels.size >= maxNames || name.length > maxLength) return 'other'
    const uses = (candidates.get(name) ?? 0) + 1
    if (candidates.size >= maxCandidates) candidates = new Map()
    candidates.set(name, uses)
    if (uses < frequentUses) return 'other'
    candidates.delete(name)
    labels.add(name)
    return name
  }
}
