import { GraphQLError } from 'graphql'
import { leastToAdd } from './operation-needs.ts'
import { everyScope, type RequiredScopes } from './scopes.ts'
import { shorten } from './shorten.ts'

/** Error codes for programs. docs/errors.md explains them. They are never renamed. */
export const errorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'CURSOR_EXPIRED',
  'PAUSED',
  'KEYS_UNAVAILABLE',
  'RATE_LIMITED',
  'OPERATION_TOO_COMPLEX',
  'STREAM_ENDED',
  'INTERNAL_SERVER_ERROR',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/**
 * Yoga uses these as the HTTP status and headers, and leaves them out of the body. `spec: false`:
 * the status also applies when the client accepts only application/json.
 */
type Http = { status: number; headers?: Record<string, string>; spec?: boolean }

type Details = {
  field?: string
  requiredScopes?: RequiredScopes
  heldScopes?: readonly string[]
  missingScopes?: readonly string[]
  coordinate?: string
  refusedFields?: readonly RefusedField[]
  tokenUrl?: string
  reason?: StreamEnding
  cost?: number
  rateLimit?: RateLimit
  http?: Http
  requestId?: string
}

function refusal(code: ErrorCode, message: string, details: Details = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...details } })
}

/** The field requires a token and none was sent. RFC 6750 §3: no error code in the header. */
export function unauthenticated() {
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
  const message = 'This field requires a token. Send it as "Authorization: Bearer <token>".'
  return refusal('UNAUTHENTICATED', message, { http })
}

/** A token was sent and is invalid. Every reason has the same response, so that an attacker learns nothing. */
export function invalidToken() {
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } }
  const message =
    'The token is not valid: it is malformed, expired, revoked or from another issuer. Get a new token and send it once, as "Authorization: Bearer <token>".'
  return refusal('UNAUTHENTICATED', message, { http })
}

/** A field that the rules refuse to a token. `coordinate`: such as `Query.tasks`. */
export type RefusedField = { coordinate: string; requiredScopes: readonly (readonly string[])[] }

export type Lack = {
  /** Of the field that was refused first. */
  coordinate: string
  /** The scopes that the field requires. */
  required: RequiredScopes
  held: readonly string[]
  /** What the token lacks for the whole operation: the smallest set that would be sufficient. */
  missing: readonly string[]
  /** Every field of the operation that the token may not use. */
  refusedFields: readonly RefusedField[]
  /** The page that creates a token with the scopes of the whole operation. Undefined: none can have them. */
  tokenUrl: string | undefined
}

/**
 * The token is valid and lacks a scope. The header has the scopes to request (RFC 6750 §3.1): the
 * lacking ones and those held, because many clients request only what the header names.
 */
export function forbidden(lack: Lack) {
  const { coordinate, required, held, missing, refusedFields, tokenUrl } = lack
  const sufficient = [...held, ...leastToAdd({ scopes: required }, held)]
  const requested = everyScope.filter((scope) => sufficient.includes(scope)).join(' ')
  const challenge = `Bearer error="insufficient_scope", scope="${requested}"`
  return refusal('FORBIDDEN', explainLack(lack), {
    coordinate,
    requiredScopes: required,
    heldScopes: held,
    missingScopes: missing,
    refusedFields,
    tokenUrl,
    http: { status: 403, headers: { 'WWW-Authenticate': challenge } },
  })
}

function explainLack({ coordinate, required, held, refusedFields, tokenUrl }: Lack): string {
  const choices = required.map((all) => all.join(' and ')).join(', or ')
  const others = refusedFields.filter((field) => field.coordinate !== coordinate)
  const also = others.map((field) => field.coordinate).join(', ')
  const advice = tokenUrl
    ? `Create a token with the scopes of this operation at ${tokenUrl}.`
    : "No program can have them: only the user can do this, on Taskward's own pages."
  return [
    `The token lacks a scope for ${coordinate}. Required: ${choices}.`,
    `The token has: ${held.join(', ') || 'none'}.`,
    ...(also ? [`It may not use ${also} either.`] : []),
    advice,
  ].join(' ')
}

/** The keys that verify tokens cannot be loaded. Until then every token is refused. */
export function keysUnavailable() {
  const http = { status: 503, headers: { 'Retry-After': '5' } }
  const message = 'Tokens cannot be verified at the moment. Try again in a few seconds.'
  return refusal('KEYS_UNAVAILABLE', message, { http })
}

/** The client sent an invalid value. `field`: the argument or input field that has it. */
export function badUserInput(message: string, field?: string) {
  return refusal('BAD_USER_INPUT', message, field === undefined ? {} : { field: shorten(field) })
}

/** The id is unknown, malformed or of another user. The response is the same, byte for byte. */
export function notFound(message = 'You have no task with this id.') {
  return refusal('NOT_FOUND', message)
}

export function conflict(message: string) {
  return refusal('CONFLICT', message)
}

/** The changes after a cursor of the history are not kept any more. */
export function cursorExpired() {
  const message =
    'after is a cursor of changes that are no longer kept. Read all tasks again, and continue with their changesCursor.'
  return refusal('CURSOR_EXPIRED', message, { field: 'after' })
}

type Limits = { maxDeletions: number; maxChanges: number }

/** The brake has refused a write of a program. The field wrote nothing; other fields may have written. */
export function paused(reason: 'DELETIONS' | 'CHANGES', { maxDeletions, maxChanges }: Limits) {
  const limit = {
    DELETIONS: `move more than ${count(maxDeletions)} tasks to the trash`,
    CHANGES: `make more than ${count(maxChanges)} changes`,
  }[reason]
  const message = `This program is paused, because it may not ${limit} within an hour. Nothing was written. It can still read. The person decides on the Activity page of Taskward whether it goes on.`
  return refusal('PAUSED', message, { http: { status: 403 } })
}

const count = (number: number) => number.toLocaleString('en')

/** Nothing was executed. `message` has the limit and the number that exceeds it. */
export function operationTooComplex(message: string, cost?: number) {
  const http = { status: 400, spec: false }
  return refusal('OPERATION_TOO_COMPLEX', `${message} Send a smaller request.`, { cost, http })
}

/** The points of a caller in the current minute, as in the headers and extensions of a response. */
export type RateLimit = {
  /** Points per minute. */
  limit: number
  remaining: number
  /** When all points are available again: date-time of RFC 3339. */
  resetAt: string
}

/** Nothing of the request was executed. */
export function rateLimited(rateLimit: RateLimit, retryAfterSeconds: number) {
  const http = { status: 429, headers: { 'Retry-After': String(retryAfterSeconds) } }
  const message = `You have used the ${rateLimit.limit} points of this minute. Try again in ${retryAfterSeconds} seconds.`
  return refusal('RATE_LIMITED', message, { rateLimit, http })
}

/** Another limit than points is exceeded. `message` has the limit. */
export function tooManyRequests(message: string, retryAfterSeconds: number) {
  const http = { status: 429, headers: { 'Retry-After': String(retryAfterSeconds) } }
  const advice = `Try again in ${retryAfterSeconds} seconds.`
  return refusal('RATE_LIMITED', `${message} ${advice}`, { http })
}

/** The viewer has the maximum number of streams open on this server. No stream was opened. */
export function tooManyStreams(maxStreams: number) {
  const http = { status: 429, headers: { 'Retry-After': '10' } }
  const message = `You have ${maxStreams} streams open on this server, which is the maximum. Close one, then subscribe again.`
  return refusal('RATE_LIMITED', message, { http })
}

/** Too many requests of the account are running. The field was not executed; other fields may have been. */
export function tooManyConcurrentRequests() {
  const http = { status: 429, headers: { 'Retry-After': '5' } }
  const message =
    'Too many requests of this account are running. Send fewer concurrent requests, and try again in 5 seconds.'
  return refusal('RATE_LIMITED', message, { http })
}

const streamEndings = {
  TOKEN_EXPIRED: [
    'UNAUTHENTICATED',
    'The token of this stream has expired (Bearer error="invalid_token"). Subscribe again with a new token, after your last cursor.',
  ],
  SESSION_ENDED: [
    'UNAUTHENTICATED',
    'The session of the token of this stream has ended (Bearer error="invalid_token"). Sign in again.',
  ],
  CHANGES_MISSED: [
    'STREAM_ENDED',
    'You read too slowly: too many changes were waiting. Subscribe again, after your last cursor.',
  ],
  SERVER_STOPPING: [
    'STREAM_ENDED',
    'The server is stopping. Subscribe again, after your last cursor.',
  ],
  POINTS_SPENT: [
    'RATE_LIMITED',
    'The events of this stream have used their share of the points of this minute. Subscribe again at `rateLimit.resetAt`, after your last cursor.',
  ],
} as const satisfies Record<string, readonly [ErrorCode, string]>

export type StreamEnding = keyof typeof streamEndings

/** The last event of a stream that the server ends. `rateLimit`: only with POINTS_SPENT. */
export function streamEnded(reason: StreamEnding, rateLimit?: RateLimit) {
  const [code, message] = streamEndings[reason]
  return refusal(code, message, { reason, ...(rateLimit && { rateLimit }) })
}

/** A bug or a failing machine. The cause is only in the log, under this id. */
export function internalError(requestId: string) {
  const message = `Something went wrong on our side. If it happens again, report request ${requestId}.`
  return refusal('INTERNAL_SERVER_ERROR', message, { requestId, http: { status: 500 } })
}

/** The database is unavailable, or a commit may or may not have arrived. Temporary, and not a bug. */
export function unavailable(requestId: string) {
  const http = { status: 503, headers: { 'Retry-After': '5' } }
  const message = `The service is temporarily unavailable. Try again in a few seconds. If it happens again, report request ${requestId}.`
  return refusal('INTERNAL_SERVER_ERROR', message, { requestId, http })
}

/** The database is overloaded, or a statement took too long. */
export function busy(requestId: string) {
  const http = { status: 503, headers: { 'Retry-After': '5' } }
  const message = `The service is busy. Try again in a few seconds. If it happens again, report request ${requestId}.`
  return refusal('INTERNAL_SERVER_ERROR', message, { requestId, http })
}
