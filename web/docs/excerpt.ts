type Part = { part: string; isMatch: boolean }

/** Characters before the first match, and in all. */
const maxBefore = 40
const maxExcerpt = 140

/** The text around the first of the terms, in parts. Without a match it is the beginning. */
export function createExcerpt(text: string, terms: readonly string[]): Part[] {
  const pattern = new RegExp(`(${terms.map(escapeRegExp).join('|') || '$^'})`, 'giu')
  const first = Math.max(text.search(pattern), 0)
  // At the beginning of a word.
  const start = first > maxBefore ? text.indexOf(' ', first - maxBefore) + 1 : 0
  const cut = text.slice(start, start + maxExcerpt)
  const excerpt = `${start > 0 ? '… ' : ''}${cut}${start + cut.length < text.length ? ' …' : ''}`
  return excerpt
    .split(pattern)
    .map((part, at) => ({ part, isMatch: at % 2 === 1 }))
    .filter(({ part }) => part !== '')
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
