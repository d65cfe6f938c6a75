import type { GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { parseBounded, validateBounded } from '#schema/document.ts'
import { type CompiledOperation, compileOperation } from './compile.ts'
import { estimateBytes } from './document-size.ts'

/** Max bytes of each of the two caches. One document of our pages takes about 30,000. */
const maxBytes = 10_000_000
/** Measured with Node 20: 270 to 340. */
const compiledFieldBytes = 350
/** A document moves to the cache of frequent ones when it is executed this often. */
const frequentUses = 20

/** `operations`: by name. Undefined as a name: the request names none. */
type Entry = {
  uses: number
  bytes: number
  operations: Map<string | undefined, CompiledOperation | undefined>
}

/**
 * Compiled operations by document. Undefined: the document is new, invalid, or has a feature that the
 * complete executor must handle.
 *
 * Documents in use cannot be evicted by a flood of different ones: a document is compiled when it
 * comes a second time, and frequent ones have a cache of their own.
 */
export function createOperationCache(schema: GraphQLSchema) {
  const newcomers = createCache()
  const frequent = createCache()

  function find(text: string): Entry | undefined {
    const known = frequent.get(text)
    if (known) return known
    const entry = newcomers.get(text)
    if (!entry) {
      newcomers.set(text, { uses: 1, bytes: estimateBytes(text), operations: new Map() })
      return undefined
    }
    entry.uses++
    if (entry.uses < frequentUses) return entry
    newcomers.delete(text)
    frequent.set(text, entry)
    return entry
  }

  return (text: string, operationName: string | undefined): CompiledOperation | undefined => {
    const entry = find(text)
    if (!entry) return undefined
    if (entry.operations.size === 0) {
      prepare(entry, text)
      newcomers.delete(text) // else the cache keeps the size of the same value
      newcomers.set(text, entry)
    }
    return entry.operations.get(operationName)
  }

  /** Compiles every operation of the document under its name; the only one also without a name. */
  function prepare(entry: Entry, text: string): void {
    const document = parseValid(text)
    if (document) entry.bytes = estimateBytes(text, document)
    add(undefined)
    for (const definition of document?.definitions ?? [])
      if (definition.kind === 'OperationDefinition' && definition.name) add(definition.name.value)

    function add(name: string | undefined): void {
      const compiled = document && compileOperation(schema, document, name)
      entry.operations.set(name, compiled)
      entry.bytes += (compiled?.fieldCount ?? 0) * compiledFieldBytes
    }
  }

  function parseValid(text: string) {
    try {
      const document = parseBounded(text)
      return validateBounded(schema, document, 1).length === 0 ? document : undefined
    } catch {
      return undefined // too complex, or a syntax error: the complete executor reports it
    }
  }
}

function createCache() {
  return new LRUCache<string, Entry>({
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }) => bytes,
  })
}
