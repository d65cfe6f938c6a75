import type { DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { documentLimits, parseBounded, validateBounded } from '#schema/document.ts'
import { estimateBytes } from './compiled/document-size.ts'

/** Limits of one operation. docs/limits.md lists them for clients. */
export const limits = { ...documentLimits, cost: 5_000 } as const

/** Max bytes of the documents in the cache. One of our pages takes about 20,000. */
const maxCachedBytes = 10_000_000

/** Refuses an operation that is too large, before it is completely parsed or validated. */
export const operationLimits: Plugin = {
  onParse({ setParseFn }) {
    setParseFn(parseBounded)
  },
  onValidate({ setValidationFn }) {
    setValidationFn((schema, document) => validateBounded(schema, document))
  },
  onResultProcess({ result }) {
    // Yoga treats every error of a parser as a syntax error, which it answers with 200 to some
    // clients.
    if (!('errors' in result)) return
    for (const { extensions } of result.errors ?? []) {
      if (extensions.code === 'OPERATION_TOO_COMPLEX') extensions.http = { status: 400 }
    }
  },
}

/**
 * Replaces Yoga's cache, which limits the number of documents but not their length, and keeps
 * refused ones.
 */
export function documentCache() {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: maxCachedBytes,
    sizeCalculation: (document, text) => estimateBytes(text, document),
  })
  const noCache = { get: () => undefined, set: () => {} }
  return { documentCache: documents, errorCache: noCache, validationCache: true }
}
