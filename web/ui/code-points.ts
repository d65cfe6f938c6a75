/** Length as the API counts it: an emoji of one code point is one character, not two. */
export function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** The first `limit` characters; never half of a surrogate pair. */
export function limitCodePoints(text: string, limit: number): string {
  if (text.length <= limit) return text
  return Array.from(text).slice(0, limit).join('')
}

/** `limitCodePoints` for a text of one line: line breaks and control characters become spaces. */
export function limitLine(text: string, limit: number): string {
  return limitCodePoints(text.replace(/\s*[\p{Cc}\p{Zl}\p{Zp}]+\s*/gu, ' '), limit)
}
