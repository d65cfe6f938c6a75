import { GraphQLError } from 'graphql'
import type { RequiredScopes } from './scopes.ts'
import { shorten } from './shorten.ts'

/** What went wrong, for programs. Explained in docs/errors.md; never renamed. */
export const errorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'KEYS_UNAVAILABLE',
  'RATE_LIMITED',
  'OPERATION_TOO_COMPLEX',
  'STREAM_ENDED',
  'INTERNAL_SERVER_ERROR',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/**
 * Yoga takes the HTTP status and headers of the answer from here, and keeps them out of its body.
 * `spec: false`: the status holds for whoever asks for application/json, too.
 */
type Http = { status: number; headers?: Record<string, string>; spec?: boolean }

type Details = {
  field?: string
  requiredScopes?: RequiredScopes
  heldScopes?: readonly string[]
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

/** No credential was sent, and the field needs one (RFC 6750 §3: then no error code is given). */
export function unauthenticated() {
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
  const message = 'This field needs a token. Send it as "Authorization: Bearer <token>".'
  return refusal('UNAUTHENTICATED', message, { http })
}

/** A credential was sent and is bad. One answer for every fault, so that a forger learns nothing. */
export function invalidToken() {
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } }
  const message =
    'The token is not valid: malformed, expired, revoked or not ours. Get a new one, and send it once, as "Authorization: Bearer <token>".'
  return refusal('UNAUTHENTICATED', message, { http })
}

type Lack = {
  /** What the field asks for. */
  required: RequiredScopes
  held: readonly string[]
  /** Where a token is made that the whole operation would do with. */
  tokenUrl: string
}

/** The token is good and lacks a scope. The header names the first set that would do (RFC 6750 §3.1). */
export function forbidden({ required, held, tokenUrl }: Lack) {
  const choices = required.map((all) => all.join(' and ')).join(', or ')
  const challenge = `Bearer error="insufficient_scope", scope="${required[0]?.join(' ') ?? ''}"`
  const message = `The token lacks a scope: this needs ${choices}, and the token has ${held.join(', ') || 'none'}. One with just what the operation needs is made at ${tokenUrl}.`
  return refusal('FORBIDDEN', message, {
    requiredScopes: required,
    heldScopes: held,
    tokenUrl,
    http: { status: 403, headers: { 'WWW-Authenticate': challenge } },
  })
}

/** The keys that tokens are verified with cannot be loaded: nobody is let through meanwhile. */
export function keysUnavailable() {
  const http = { status: 503, headers: { 'Retry-After': '5' } }
  const message = 'Tokens cannot be verified at the moment. Try again in a few seconds.'
  return refusal('KEYS_UNAVAILABLE', message, { http })
}

/** A value the client sent cannot be used. `field`: the argument or input field it was sent in. */
export function badUserInput(message: string, field?: string) {
  return refusal('BAD_USER_INPUT', message, field === undefined ? {} : { field: shorten(field) })
}

/** Somebody else's, unknown or malformed: the same answer to the byte. */
export function notFound(message = 'You have no task with this id.') {
  return refusal('NOT_FOUND', message)
}

export function conflict(message: string) {
  return refusal('CONFLICT', message)
}

/** Refused before any of it was done. The message says what there is too much of, and how much there may be. */
export function operationTooComplex(message: string, cost?: number) {
  const http = { status: 400, spec: false }
  return refusal('OPERATION_TOO_COMPLEX', `${message} Ask for less at once.`, { cost, http })
}

/** What a caller may spend in a minute, as told in headers and extensions. */
export type RateLimit = {
  /** Points in a minute. */
  limit: number
  remaining: number
  /** When all of them are there again: date-time of RFC 3339. */
  resetAt: string
}

/** Nothing of the request was done. */
export function rateLimited(rateLimit: RateLimit, retryAfterSeconds: number) {
  const http = { status: 429, headers: { 'Retry-After': String(retryAfterSeconds) } }
  const message = `You have spent the ${rateLimit.limit} points of this minute. Try again in ${retryAfterSeconds} seconds.`
  return refusal('RATE_LIMITED', message, { rateLimit, http })
}

/** Too many of something other than points. The message says of what, and how many there may be. */
export function tooManyRequests(message: string, retryAfterSeconds: number) {
  const http = { status: 429, headers: { 'Retry-After': String(retryAfterSeconds) } }
  const advice = `Try again in ${retryAfterSeconds} seconds.`
  return refusal('RATE_LIMITED', `${message} ${advice}`, { http })
}

/** The viewer follows as many streams on this server as one may. Nothing was opened. */
export function tooManyStreams(maxStreams: number) {
  const http = { status: 429, headers: { 'Retry-After': '10' } }
  const message = `You have ${maxStreams} streams open on this server, and may have no more. Close one, then subscribe again.`
  return refusal('RATE_LIMITED', message, { http })
}

/** Too much of the account is under way already. The field was not executed; others may have been. */
export function tooMuchAtOnce() {
  const http = { status: 429, headers: { 'Retry-After': '5' } }
  const message =
    'Too many requests of this account are under way. Send fewer at once, and try again in 5 seconds.'
  return refusal('RATE_LIMITED', message, { http })
}

const endings = {
  TOKEN_EXPIRED: [
    'UNAUTHENTICATED',
    'The token of this stream has expired (Bearer error="invalid_token"). Subscribe again with a new one, and read again what may have changed since.',
  ],
  SESSION_ENDED: [
    'UNAUTHENTICATED',
    'The session that the token of this stream was made from has ended (Bearer error="invalid_token"). Sign in again.',
  ],
  CHANGES_MISSED: [
    'STREAM_ENDED',
    'Changes may have been missed. Subscribe again, and read again what may have changed.',
  ],
  SERVER_STOPPING: [
    'STREAM_ENDED',
    'The server is stopping. Subscribe again, and read again what may have changed since.',
  ],
  POINTS_SPENT: [
    'RATE_LIMITED',
    'The events of this stream have used the points that requests do not need in this minute. Subscribe again at `rateLimit.resetAt`, and read again what may have changed since.',
  ],
} as const satisfies Record<string, readonly [ErrorCode, string]>

export type StreamEnding = keyof typeof endings

/** The last event of a stream that the server ends. `rateLimit`: of POINTS_SPENT. */
export function streamEnded(reason: StreamEnding, rateLimit?: RateLimit) {
  const [code, message] = endings[reason]
  return refusal(code, message, { reason, ...(rateLimit && { rateLimit }) })
}

/** A bug or a failing machine: the cause is in the log, under this id, and nowhere else. */
export function internalError(requestId: string) {
  const message = `Something went wrong on our side. If it goes on, report request ${requestId}.`
  return refusal('INTERNAL_SERVER_ERROR', message, { requestId, http: { status: 500 } })
}

/** The database is away, or nobody can say whether a commit arrived: not our bug, and it passes. */
export function unavailable(requestId: string) {
  const http = { status: 503, headers: { 'Retry-After': '5' } }
  const message = `The service is unavailable for a moment. Try again in a few seconds; if it goes on, report request ${requestId}.`
  return refusal('INTERNAL_SERVER_ERROR', message, { requestId, http })
}

/** The database is there and has too much to do for now, or a statement took it too long. */
export function busy(requestId: string) {
  const http = { status: 503, headers: { 'Retry-After': '5' } }
  const message = `The service is busy. Try again in a few seconds; if it goes on, report request ${requestId}.`
  return refusal('INTERNAL_SERVER_ERROR', message, { requestId, http })
}
