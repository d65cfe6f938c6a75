import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives'
import { type DocumentNode, GraphQLError, type ParseOptions, parse, type Source } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { operationTooComplex } from '#schema/errors.ts'

/** What one operation may ask for. Told to clients in docs/api-guide.md. */
export const limits = {
  characters: 20_000,
  tokens: 1_000,
  depth: 10,
  aliases: 15,
  directives: 50,
  cost: 5_000,
} as const

/** Documents are held parsed by their length: a tree takes up to a hundred times the room of its text. */
const heldCharacters = 200_000

/** Refuses an operation by its look: a large one is neither parsed to the end nor validated. */
export const operationLimits: Plugin = {
  onParse({ setParseFn }) {
    setParseFn(parseBounded)
  },
  onValidate({ addValidationRule }) {
    for (const rule of rules) addValidationRule(rule)
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

function parseBounded(source: string | Source, options?: ParseOptions): DocumentNode {
  const { length } = typeof source === 'string' ? source : source.body
  if (length > limits.characters) {
    throw operationTooComplex(
      `The document may have ${limits.characters} characters, and has ${length}.`,
    )
  }
  try {
    return parse(source, { ...options, maxTokens: limits.tokens })
  } catch (error) {
    const isTooLong = error instanceof GraphQLError && error.message.endsWith(parsingAborted)
    throw isTooLong ? operationTooComplex(tooManyTokens) : error
  }
}

const parsingAborted = `${limits.tokens} tokens. Parsing aborted.`
const tooManyTokens = `The document may have ${limits.tokens} tokens, and has more.`

const rules = [
  maxDepthRule({ n: limits.depth, flattenFragments: true, onReject: [refuse] }),
  maxAliasesRule({ n: limits.aliases, allowList: [], onReject: [refuse] }),
  maxDirectivesRule({ n: limits.directives, onReject: [refuse] }),
]

/** The rules tell what there is too much of, the limit and the number, but call it a syntax error. */
function refuse(_context: unknown, { message }: GraphQLError): never {
  throw operationTooComplex(message.replace('Syntax Error: ', ''))
}
