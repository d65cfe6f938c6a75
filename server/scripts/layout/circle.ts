/** One circle of a directed graph, with its first node again at the end; undefined: there is none. */
export function findCircle(edges: (readonly [from: string, to: string])[]): string[] | undefined {
  const targets = new Map<string, Set<string>>()
  for (const [from, to] of edges) targets.set(from, (targets.get(from) ?? new Set()).add(to))
  const finished = new Set<string>()
  const search = (node: string, path: string[]): string[] | undefined => {
    const seenAt = path.indexOf(node)
    if (seenAt >= 0) return [...path.slice(seenAt), node]
    if (finished.has(node)) return undefined
    for (const target of targets.get(node) ?? []) {
      const circle = search(target, [...path, node])
      if (circle) return circle
    }
    finished.add(node)
    return undefined
  }
  for (const node of targets.keys()) {
    const circle = search(node, [])
    if (circle) return circle
  }
  return undefined
}
