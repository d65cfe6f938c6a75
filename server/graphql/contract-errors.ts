import type { IncomingMessage } from 'node:http'
import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLErrorExtensions,
  type GraphQLErrorOptions,
  isValueNode,
  TokenKind,
} from 'graphql'
import { isDatabaseBusy, isDatabaseUnavailable } from '#db/availability.ts'
import { findBrakeRefusal } from '#db/brake.ts'
import { isOwnerBusy } from '#db/shares.ts'
import {
  badUserInput,
  busy,
  errorCodes,
  internalError,
  paused,
  tooManyConcurrentRequests,
  unavailable,
} from '#schema/errors.ts'
import { shorten } from '#schema/shorten.ts'

/** `unexpected` logs a failure whose details the client must not see. */
type Report = { requestId: string; unexpected: (cause: unknown) => void }

/** Turns the errors of a result into those of the contract. */
export type InContract = (result: ExecutionResult, request: IncomingMessage) => ExecutionResult

/**
 * Turns any error of a result into one of the contract. Our own errors stay unchanged. Refusals by
 * GraphQL itself (syntax, validation, variables) become BAD_USER_INPUT. An unavailable or busy
 * database is logged in db. Every other error is a bug: it is logged with its stack and masked to
 * the client.
 */
export function toContractError(error: unknown, { requestId, unexpected }: Report): GraphQLError {
  const cause = causeOf(error)
  if (!(error instanceof GraphQLError) || !(cause instanceof GraphQLError)) {
    const refusal = databaseRefusal(cause, requestId)
    if (refusal) return placed(refusal, error)
    unexpected(cause)
    return placed(internalError(requestId), error)
  }
  if (errorCodes.some((code) => code === error.extensions.code)) return error
  const refusal = badUserInput(shorten(error.message), fieldIn(error.message) ?? fieldAt(error))
  return placed(refusal, error, httpOf(error))
}

/**
 * Undefined: the cause is neither the brake, nor an unavailable or busy database, nor a full queue in
 * front of it.
 */
export function databaseRefusal(cause: unknown, requestId: string): GraphQLError | undefined {
  const refusal = findBrakeRefusal(cause)
  if (refusal) return paused(refusal.reason, refusal)
  if (isOwnerBusy(cause)) return tooManyConcurrentRequests()
  if (isDatabaseBusy(cause)) return busy(requestId)
  return isDatabaseUnavailable(cause) ? unavailable(requestId) : undefined
}

/**
 * Yoga answers 200 if the client accepts application/json. An error without a position in the
 * document is 400.
 */
function httpOf({ positions, extensions: { http } }: GraphQLError): GraphQLErrorExtensions['http'] {
  return positions ? http : http && { ...http, spec: false }
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error
}

/** The refusal with the error's position in the document and path in the answer. */
function placed(
  { message, extensions }: GraphQLError,
  at: unknown,
  http?: GraphQLErrorExtensions['http'],
): GraphQLError {
  const place = at instanceof GraphQLError ? at : undefined
  const options: GraphQLErrorOptions = {
    nodes: place?.nodes,
    source: place?.source,
    positions: place?.positions,
    path: place?.path,
    extensions: { ...extensions, ...(http && { http }) },
  }
  return new GraphQLError(message, options)
}

// graphql-js names the refused argument, variable or input field only in its message.
const fieldPatterns = [
  / at "(?:[\w[\]]+\.)*(\w+)(?:\[\d+\])*"/, // a path inside a variable
  /Field "(?:\w+\.)?(\w+)" (?:of required type|is not defined)/,
  /(?:Unknown argument|[Aa]rgument) "(\w+)"/,
  /Variable "\$(\w+)"/,
]

function fieldIn(message: string): string | undefined {
  for (const pattern of fieldPatterns) {
    const [, field] = pattern.exec(message) ?? []
    if (field !== undefined) return field
  }
  return undefined
}

/**
 * The argument or input field that a literal of the document belongs to: the name before its colon.
 */
function fieldAt({ nodes }: GraphQLError): string | undefined {
  const [node] = nodes ?? []
  if (!node || !isValueNode(node)) return undefined
  let token = node.loc?.startToken
  while (token && token.kind !== TokenKind.COLON) token = token.prev ?? undefined
  return token?.prev?.value
}
