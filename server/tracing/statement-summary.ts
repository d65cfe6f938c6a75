/** Max characters, as the semantic conventions for databases say. */
const maxLength = 255

const literals = /'[^']*'/g
const firstWord = /[a-z]+/i
const firstTable = /\b(?:from|into|update)\s+"?([a-z_][\w.]*)"?/i

/** Such as `SELECT tasks`, or `BATCH SELECT tasks, SELECT task_counts`. It contains no values. */
export function summarizeStatements(texts: string[]): string {
  const summaries = texts.map(summarizeStatement)
  const prefix = summaries.length > 1 ? 'BATCH ' : ''
  return `${prefix}${[...new Set(summaries)].join(', ')}`.slice(0, maxLength)
}

function summarizeStatement(text: string): string {
  const sql = text.replace(literals, '')
  const verb = (firstWord.exec(sql)?.[0] ?? 'UNKNOWN').toUpperCase()
  const table = firstTable.exec(sql)?.[1]
  return table === undefined ? verb : `${verb} ${table}`
}
