import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
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
import { depthRule } from './depth.ts'
import { badUserInput, errorCodes, operationTooComplex } from './errors.ts'
import { shorten } from './shorten.ts'

/** The limits of a document. Documented in docs/limits.md. */
export const documentLimits = {
  characters: 20_000,
  tokens: 1_000,
  depth: 10,
  aliases: 15,
  directives: 50,
} as const

/** Max errors that one response lists for a document or its variables. */
export const maxFaults = 10

/** @throws operationTooComplex before parsing all of a large document. GraphQLError for a syntax error. */
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

/** Validation rules in addition to the specified ones. They throw operationTooComplex, which stops validation. */
export const boundingRules = [
  maxComparisonsRule,
  depthRule({ n: documentLimits.depth, refuse }),
  maxAliasesRule({ n: documentLimits.aliases, allowList: [], onReject: [refuse] }),
  maxDirectivesRule({ n: documentLimits.directives, onReject: [refuse] }),
]

/** The message of the rules has the limit and the number, but begins with "Syntax Error". */
function refuse(_context: unknown, { message }: GraphQLError): never {
  throw operationTooComplex(message.replace('Syntax Error: ', ''))
}

/** Validates with the specified rules and the limits. @throws operationTooComplex. */
export function validateBounded(
  schema: GraphQLSchema,
  document: DocumentNode,
  maxErrors: number = maxFaults,
): readonly GraphQLError[] {
  return validate(schema, document, [...boundingRules, ...specifiedRules], { maxErrors })
}

/**
 * Parses and validates a document that was sent as the value of an argument.
 * @throws badUserInput with the first error and its location; operationTooComplex.
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
    throw isOurs ? error : badUserInput(withLocation(error), argument)
  }
}

function withLocation({ message, locations }: GraphQLError): string {
  const [location] = locations ?? []
  if (!location) return message
  return `${shorten(message)} (line ${location.line}, column ${location.column})`
}
