import {
  GraphQLError,
  type GraphQLErrorExtensions,
  type GraphQLErrorOptions,
  isValueNode,
  TokenKind,
} from 'graphql'
import { isDatabaseAway, isDatabaseBusy } from '#db/availability.ts'
import { isOwnerBusy } from '#db/shares.ts'
import {
  badUserInput,
  busy,
  errorCodes,
  internalError,
  tooMuchAtOnce,
  unavailable,
} from '#schema/errors.ts'
import { shorten } from '#schema/shorten.ts'

/** Where a failure is told that nobody outside may hear of. */
type Report = { requestId: string; unexpected: (cause: unknown) => void }

/**
 * Any error of a result, as the contract has it. Ours pass. What GraphQL itself refuses (syntax,
 * validation, variables) becomes BAD_USER_INPUT. A database that is away or busy is logged where
 * that is noticed. Everything else is a bug: reported with its stack, masked to the caller.
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

/** Undefined: the cause is no fault of the database, nor a full queue in front of it. */
export function databaseRefusal(cause: unknown, requestId: string): GraphQLError | undefined {
  if (isOwnerBusy(cause)) return tooMuchAtOnce()
  if (isDatabaseBusy(cause)) return busy(requestId)
  return isDatabaseAway(cause) ? unavailable(requestId) : undefined
}

/** Yoga answers 200 to whoever asks for application/json, but what has no place in a document is a bad request. */
function httpOf({ positions, extensions: { http } }: GraphQLError): GraphQLErrorExtensions['http'] {
  return positions ? http : http && { ...http, spec: false }
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error
}

/** The refusal at the place in document and answer where the error arose. */
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

// graphql-js tells which argument, variable or input field it refused only in words.
const places = [
  / at "(?:[\w[\]]+\.)*(\w+)(?:\[\d+\])*"/, // a path inside a variable
  /Field "(?:\w+\.)?(\w+)" (?:of required type|is not defined)/,
  /(?:Unknown argument|[Aa]rgument) "(\w+)"/,
  /Variable "\$(\w+)"/,
]

function fieldIn(message: string): string | undefined {
  for (const place of places) {
    const [, field] = place.exec(message) ?? []
    if (field !== undefined) return field
  }
  return undefined
}

/** The argument or input field in which a literal of the document stands: the name before its colon. */
function fieldAt({ nodes }: GraphQLError): string | undefined {
  const [node] = nodes ?? []
  if (!node || !isValueNode(node)) return undefined
  let token = node.loc?.startToken
  while (token && token.kind !== TokenKind.COLON) token = token.prev ?? undefined
  return token?.prev?.value
}
