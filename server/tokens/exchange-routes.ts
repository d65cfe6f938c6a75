import { GraphQLError } from 'graphql'
import { invalidToken, rateLimited } from '#schema/errors.ts'
import { addressHeader, originOf } from '../http/origin-headers.ts'
import { answerAuth, Refusal } from '../http/refusals.ts'
import { type Budget, rateLimitOf } from '../limits/budget.ts'
import { pointQuotasOf } from '../limits/point-quotas.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { accessTokenPrefix, isAccessToken } from './access-token.ts'
import type { VerifyCredential } from './credential.ts'
import {
  ExchangeRefusal,
  exchangeGrantType,
  maxSeconds,
  type NarrowClaims,
  narrowClaims,
  parseExchange,
  toExchangeResponse,
} from './exchange.ts'
import { viewerOf } from './viewer.ts'

/**
 * Rate-limit points per exchange, from the same budget as GraphQL operations. A signature costs
 * more than a small query.
 */
const pointsPerExchange = 10

type ExchangeRoutesOptions = {
  /** Signs a JWT with these claims, completed with `email_verified`. */
  sign: (claims: NarrowClaims) => Promise<string>
  verifyCredential: VerifyCredential
  /** Undefined: no limit. */
  budget?: Budget
  baseUrl: string
  log: Logger
}

/** Undefined: the request is for Better Auth. */
export type ExchangeRoutes = (request: Request) => Promise<Response | undefined>

/**
 * Handles /api/auth requests with an access token before Better Auth, which never receives them.
 * Three routes exchange the token for a JWT. Every other route refuses it, also beside a valid
 * cookie.
 */
export function createExchangeRoutes(options: ExchangeRoutesOptions): ExchangeRoutes {
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/api/auth/token/exchange' || (await isExchangeAtTokenEndpoint(request)))
      return exchange(options, request)
    const accessToken = readAccessToken(request)
    if (accessToken === undefined) return undefined
    if (pathname !== '/api/auth/token' || request.method !== 'GET')
      return refuse(accessTokenRefused())
    return exchangeAllScopes(options, request, accessToken)
  }
}

/** RFC 8693 §2.1: libraries send an exchange to the token endpoint. */
async function isExchangeAtTokenEndpoint(request: Request): Promise<boolean> {
  const { pathname } = new URL(request.url)
  if (pathname !== '/api/auth/oauth2/token' || request.method !== 'POST') return false
  const form = new URLSearchParams(await request.clone().text())
  return form.get('grant_type') === exchangeGrantType
}

async function exchange(options: ExchangeRoutesOptions, request: Request): Promise<Response> {
  if (request.method !== 'POST') {
    return new Response('Use POST.\n', { status: 405, headers: { Allow: 'POST' } })
  }
  try {
    const wanted = parseExchange(await readParameters(request), options.baseUrl)
    const { subject_token, expires_in, scope } = wanted
    const claims = await options
      .verifyCredential(subject_token, readAddress(request))
      .catch(refuseSubject)
    const narrower = narrowClaims(claims, expires_in, scope)
    const token = await issue(options, request, narrower)
    return Response.json(toExchangeResponse(token, narrower, wanted))
  } catch (error) {
    if (!(error instanceof ExchangeRefusal)) return refuse(error)
    const { fault, message } = error
    return Response.json({ error: fault, error_description: message }, { status: 400 })
  }
}

/** GET /api/auth/token, as for a session cookie: a JWT with all scopes, for 15 minutes. */
async function exchangeAllScopes(
  options: ExchangeRoutesOptions,
  request: Request,
  accessToken: string,
) {
  try {
    if (!isAccessToken(accessToken)) throw invalidToken()
    const claims = narrowClaims(
      await options.verifyCredential(accessToken, readAddress(request)),
      maxSeconds,
    )
    return Response.json({ token: await issue(options, request, claims) })
  } catch (error) {
    return refuse(error)
  }
}

async function issue(
  { sign, budget, log }: ExchangeRoutesOptions,
  request: Request,
  claims: NarrowClaims,
): Promise<string> {
  const viewer = viewerOf(claims)
  const balance = budget?.spend(pointQuotasOf(viewer, readAddress(request)), pointsPerExchange)
  if (balance && !balance.isEnough) throw rateLimited(rateLimitOf(balance), balance.resetSeconds)
  const token = await sign(claims)
  const { id: userId, clientId, tokenOrigins } = viewer
  recordEvent(log, 'token_exchanged', {
    userId,
    clientId,
    source: tokenOrigins[0],
    ...originOf(request.headers),
  })
  return token
}

function readAddress({ headers }: Request): string {
  return headers.get(addressHeader) ?? ''
}

/**
 * From X-API-Key or Authorization. Undefined: none was sent. Empty: both headers were sent, or the
 * format is wrong.
 */
function readAccessToken({ headers }: Request): string | undefined {
  const apiKey = headers.get('x-api-key')
  const authorization = headers.get('authorization')
  if (apiKey === null) {
    if (!authorization?.includes(accessTokenPrefix)) return undefined
    return /^Bearer +(\w+)$/i.exec(authorization)?.[1] ?? ''
  }
  return authorization === null ? apiKey : ''
}

/** A form (RFC 8693 §2.1), or JSON with the same members. */
async function readParameters(request: Request): Promise<unknown> {
  const [type] = request.headers.get('content-type')?.split(';') ?? []
  const text = await request.text()
  if (type?.trim().toLowerCase() === 'application/x-www-form-urlencoded') {
    const pairs = [...new URLSearchParams(text)]
    const names = new Set(pairs.map(([name]) => name))
    if (names.size === pairs.length) return Object.fromEntries(pairs)
    throw new ExchangeRefusal('invalid_request', 'Send each parameter only once.')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new ExchangeRefusal('invalid_request', 'Send the parameters as a form or as JSON.')
  }
}

/** RFC 8693 §2.2.2 has one error code for every fault of the subject token. */
function refuseSubject(error: unknown): never {
  if (!(error instanceof GraphQLError) || error.extensions.code !== 'UNAUTHENTICATED') throw error
  throw new ExchangeRefusal('invalid_request', 'The subject_token is not valid.')
}

function accessTokenRefused() {
  const error = invalidToken()
  error.message =
    'At /api/auth an access token can only be exchanged: GET /api/auth/token or POST /api/auth/token/exchange.'
  return error
}

function refuse(error: unknown): Response {
  if (!(error instanceof GraphQLError)) throw error
  return answerAuth(Refusal.from(error))
}
