/** Characters of a text that an answer repeats, in UTF-16 units. */
const maxEcho = 200
const maxTail = 80

/**
 * A text for an error message: what a client sent is repeated only in part. The end stays, because
 * messages of graphql-js quote a value first and then say what is wrong with it.
 */
export function shorten(text: string): string {
  if (text.length <= maxEcho) return text
  const head = text.slice(0, maxEcho - maxTail).toWellFormed()
  return `${head} … ${text.slice(-maxTail).toWellFormed()}`
}
