import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type ParseOptions,
  parse,
  type Source,
  specifiedRules,
  validate,
} from 'graphql'
import { maxComparisonsRule } from './comparisons.ts'
import { badUserInput, errorCodes, operationTooComplex } from './errors.ts'
import { shorten } from './shorten.ts'

/** What one document may be, wherever it is read. Told to clients in docs/limits.md. */
export const documentLimits = {
  characters: 20_000,
  tokens: 1_000,
  depth: 10,
  aliases: 15,
  directives: 50,
} as const

/** Faults of a document or of its variables that one answer names. */
export const maxFaults = 10

/** @throws operationTooComplex before a large document is read to its end; GraphQLError for its syntax. */
export function parseBounded(source: string | Source, options?: ParseOptions): DocumentNode {
  const { length } = typeof source === 'string' ? source : source.body
  if (length > documentLimits.characters) {
    throw operationTooComplex(
      `The document may have ${documentLimits.characters} characters, and has ${length}.`,
    )
  }
  try {
    return parse(source, { ...options, maxTokens: documentLimits.tokens })
  } catch (error) {
    const isTooLong = error instanceof GraphQLError && error.message.endsWith(parsingAborted)
    throw isTooLong ? operationTooComplex(tooManyTokens) : error
  }
}

const parsingAborted = `${documentLimits.tokens} tokens. Parsing aborted.`
const tooManyTokens = `The document may have ${documentLimits.tokens} tokens, and has more.`

/** Run beside the specified rules. They throw operationTooComplex, so that validation goes no further. */
export const boundingRules = [
  maxComparisonsRule,
  maxDepthRule({ n: documentLimits.depth, flattenFragments: true, onReject: [refuse] }),
  maxAliasesRule({ n: documentLimits.aliases, allowList: [], onReject: [refuse] }),
  maxDirectivesRule({ n: documentLimits.directives, onReject: [refuse] }),
]

/** The rules tell what there is too much of, the limit and the number, but call it a syntax error. */
function refuse(_context: unknown, { message }: GraphQLError): never {
  throw operationTooComplex(message.replace('Syntax Error: ', ''))
}

/** Validates with the specified rules and those that bound a document. @throws operationTooComplex. */
export function validateBounded(
  schema: GraphQLSchema,
  document: DocumentNode,
  maxErrors: number = maxFaults,
): readonly GraphQLError[] {
  return validate(schema, document, [...boundingRules, ...specifiedRules], { maxErrors })
}

/**
 * A document that could be executed, sent as the value of an argument.
 * @throws badUserInput that tells the first fault and its place; operationTooComplex.
 */
export function parseDocument(schema: GraphQLSchema, text: string, argument: string): DocumentNode {
  try {
    const document = parseBounded(text)
    const [fault] = validateBounded(schema, document, 1)
    if (fault) throw fault
    return document
  } catch (error) {
    const isOurs =
      !(error instanceof GraphQLError) || errorCodes.some((code) => code === error.extensions.code)
    throw isOurs ? error : badUserInput(withPlace(error), argument)
  }
}

function withPlace({ message, locations }: GraphQLError): string {
  const [place] = locations ?? []
  return place ? `${shorten(message)} (line ${place.line}, column ${place.column})` : message
}
