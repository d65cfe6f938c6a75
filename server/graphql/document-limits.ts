import type { DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { documentLimits, parseBounded, validateBounded } from '#schema/document.ts'

/** What one operation may ask for. Told to clients in docs/limits.md. */
export const limits = { ...documentLimits, cost: 5_000 } as const

/** Documents are held parsed by their length: a tree takes up to a hundred times the room of its text. */
const heldCharacters = 200_000

/** Refuses an operation by its look: a large one is neither parsed to the end nor validated. */
export const operationLimits: Plugin = {
  onParse({ setParseFn }) {
    setParseFn(parseBounded)
  },
  onValidate({ setValidationFn }) {
    setValidationFn((schema, document) => validateBounded(schema, document))
  },
  onResultProcess({ result }) {
    // Yoga takes all that is thrown by a parser for a syntax error, which some callers get with 200.
    if (!('errors' in result)) return
    for (const { extensions } of result.errors ?? []) {
      if (extensions.code === 'OPERATION_TOO_COMPLEX') extensions.http = { status: 400 }
    }
  },
}

/** In the place of Yoga's own, which holds a number of documents of any length, and refused ones as well. */
export function documentCache() {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: heldCharacters,
    sizeCalculation: (_document, text) => text.length || 1,
  })
  const nothing = { get: () => undefined, set: () => {} }
  return { documentCache: documents, errorCache: nothing, validationCache: true }
}
