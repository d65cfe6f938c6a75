import { GraphQLError } from 'graphql'
import type { RequiredScopes } from './scopes.ts'

/** What went wrong, for programs. Listed in docs/errors.md; never renamed. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'KEYS_UNAVAILABLE'
  | 'RATE_LIMITED'
  | 'OPERATION_TOO_COMPLEX'
  | 'INTERNAL_SERVER_ERROR'

/** Yoga takes the HTTP status and headers of the answer from here, and keeps them out of its body. */
type Http = { status: number; headers?: Record<string, string> }

function refusal(code: ErrorCode, message: string, details: Record<string, unknown> = {}) {
  return new GraphQLError(message, { extensions: { code, ...details } })
}

function refusalWithHttp(code: ErrorCode, message: string, http: Http, details = {}) {
  return refusal(code, message, { ...details, http })
}

/** No credential was sent, and the field needs one (RFC 6750 §3: then no error code is given). */
export function unauthenticated() {
  return refusalWithHttp(
    'UNAUTHENTICATED',
    'This field needs a token. Send it as "Authorization: Bearer <token>".',
    { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
  )
}

/** A credential was sent and is bad. One answer for every fault, so that a forger learns nothing. */
export function invalidToken() {
  return refusalWithHttp(
    'UNAUTHENTICATED',
    'The token is not valid: it is malformed, expired, revoked or not one of ours. Get a new one and send it once, as "Authorization: Bearer <token>".',
    { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } },
  )
}

/** The token is good and lacks a scope. The header names the first set that would do (RFC 6750 §3.1). */
export function forbidden(required: RequiredScopes) {
  const sufficient = required[0]?.join(' ') ?? ''
  const choices = required.map((all) => all.join(' and ')).join(', or ')
  return refusalWithHttp(
    'FORBIDDEN',
    `The token lacks a scope: this needs ${choices}.`,
    {
      status: 403,
      headers: {
        'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${sufficient}"`,
      },
    },
    { requiredScopes: required },
  )
}

/** The keys that tokens are verified with cannot be loaded: nobody is let through meanwhile. */
export function keysUnavailable() {
  return refusalWithHttp(
    'KEYS_UNAVAILABLE',
    'Tokens cannot be verified at the moment. Try again in a few seconds.',
    { status: 503, headers: { 'Retry-After': '5' } },
  )
}

/** A value the client sent cannot be used. `field`: the argument or input field it was sent in. */
export function badUserInput(message: string, field?: string) {
  return refusal('BAD_USER_INPUT', message, field === undefined ? {} : { field })
}

/** Somebody else's, unknown or malformed: the same answer to the byte. */
export function notFound(message = 'You have no task with this id.') {
  return refusal('NOT_FOUND', message)
}

export function conflict(message: string) {
  return refusal('CONFLICT', message)
}
