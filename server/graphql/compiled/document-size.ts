import { type DocumentNode, visit } from 'graphql'

/** Measured with Node 20: a node of a document with its tokens takes 270 to 320 bytes. */
const nodeBytes = 330
/** Of a key and an entry of a cache. */
const entryBytes = 500

/**
 * About how many bytes a document takes in a cache, at most. Short documents with many fields take 160
 * times the memory of their text, so the length of the text would not bound a cache.
 */
export function estimateBytes(text: string, document?: DocumentNode): number {
  let nodes = 0
  if (document) visit(document, { enter: () => void nodes++ })
  return entryBytes + 2 * text.length + nodes * nodeBytes
}
