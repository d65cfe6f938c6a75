/** Max length of text of a client that a response repeats, in UTF-16 units. */
const maxEcho = 200
const maxTail = 80

/**
 * Shortens text for an error message. Keeps the beginning and the end, because messages of
 * graphql-js quote the value first and end with the reason.
 */
export function shorten(text: string): string {
  if (text.length <= maxEcho) return text
  const head = text.slice(0, maxEcho - maxTail).toWellFormed()
  return `${head} … ${text.slice(-maxTail).toWellFormed()}`
}
