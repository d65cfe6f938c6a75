import { GraphQLError } from 'graphql'
import { invalidToken, rateLimited } from '#schema/errors.ts'
import { addressHeader, originOf } from '../accounts/account-events.ts'
import type { Auth } from '../accounts/auth.ts'
import { rateLimitOf } from '../graphql/operation-budget.ts'
import type { Budget } from '../limits/budget.ts'
import { pointQuotasOf } from '../limits/point-quotas.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { accessTokenPrefix, isAccessToken } from './access-token.ts'
import type { VerifyCredential } from './credential.ts'
import { completeEmailClaims } from './email-claims.ts'
import {
  answerOf,
  ExchangeRefusal,
  maxSeconds,
  type NarrowClaims,
  narrow,
  parseExchange,
} from './exchange.ts'
import { viewerOf } from './viewer.ts'

/** Of those that operations cost as well: a signature is dearer than a small query. */
const pointsForToken = 10

type ExchangeRoutesOptions = {
  auth: Auth
  verifyCredential: VerifyCredential
  /** Undefined: everybody may spend as much as they like. */
  budget?: Budget
  baseUrl: string
  log: Logger
}

/** Undefined: the request is none of its business. */
export type ExchangeRoutes = (request: Request) => Promise<Response | undefined>

/**
 * Stands before Better Auth, which never sees a request with an access token: on two paths such a
 * token becomes a JWT, and it is good for nothing else at /api/auth, whatever else was sent with it.
 */
export function createExchangeRoutes(options: ExchangeRoutesOptions): ExchangeRoutes {
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/api/auth/token/exchange') return exchange(options, request)
    const accessToken = accessTokenOf(request)
    if (accessToken === undefined) return undefined
    if (pathname !== '/api/auth/token' || request.method !== 'GET') return refuse(noRoute())
    return exchangeWhole(options, request, accessToken)
  }
}

async function exchange(options: ExchangeRoutesOptions, request: Request): Promise<Response> {
  if (request.method !== 'POST') {
    return new Response('Exchange by POST.\n', { status: 405, headers: { Allow: 'POST' } })
  }
  try {
    const wanted = parseExchange(await readParameters(request), options.baseUrl)
    const { subject_token, expires_in, scope } = wanted
    const claims = await options
      .verifyCredential(subject_token, addressOf(request))
      .catch(refuseSubject)
    const narrower = narrow(claims, expires_in, scope)
    const token = await issue(options, request, narrower)
    return Response.json(answerOf(token, narrower, wanted))
  } catch (error) {
    if (!(error instanceof ExchangeRefusal)) return refuse(error)
    const { fault, message } = error
    return Response.json({ error: fault, error_description: message }, { status: 400 })
  }
}

/** As a session cookie becomes a token: with all that it holds, and for a quarter of an hour. */
async function exchangeWhole(
  options: ExchangeRoutesOptions,
  request: Request,
  accessToken: string,
) {
  try {
    if (!isAccessToken(accessToken)) throw invalidToken()
    const claims = narrow(
      await options.verifyCredential(accessToken, addressOf(request)),
      maxSeconds,
    )
    return Response.json({ token: await issue(options, request, claims) })
  } catch (error) {
    return refuse(error)
  }
}

async function issue(
  { auth, budget, log }: ExchangeRoutesOptions,
  request: Request,
  claims: NarrowClaims,
): Promise<string> {
  const viewer = viewerOf(claims)
  const balance = await budget?.spend(pointQuotasOf(viewer, addressOf(request)), pointsForToken)
  if (balance && !balance.isEnough) throw rateLimited(rateLimitOf(balance), balance.resetSeconds)
  const token = await auth.api.signAccessToken({ body: await completeEmailClaims(auth, claims) })
  const { id: userId, clientId, sources } = viewer
  recordEvent(log, 'token_exchanged', {
    userId,
    clientId,
    source: sources[0],
    ...originOf(request.headers),
  })
  return token
}

function addressOf({ headers }: Request): string {
  return headers.get(addressHeader) ?? ''
}

/** In whichever way one is sent; empty when there is no telling which, because there is more. */
function accessTokenOf({ headers }: Request): string | undefined {
  const apiKey = headers.get('x-api-key')
  const authorization = headers.get('authorization')
  if (apiKey === null) {
    if (!authorization?.includes(accessTokenPrefix)) return undefined
    return /^Bearer +(\w+)$/i.exec(authorization)?.[1] ?? ''
  }
  return authorization === null ? apiKey : ''
}

/** RFC 8693 §2.1 has a form; the same in JSON will do. */
async function readParameters(request: Request): Promise<unknown> {
  const [type] = request.headers.get('content-type')?.split(';') ?? []
  const text = await request.text()
  if (type?.trim().toLowerCase() === 'application/x-www-form-urlencoded') {
    const pairs = [...new URLSearchParams(text)]
    const names = new Set(pairs.map(([name]) => name))
    if (names.size === pairs.length) return Object.fromEntries(pairs)
    throw new ExchangeRefusal('invalid_request', 'Send each parameter once.')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new ExchangeRefusal('invalid_request', 'Send a form, or JSON.')
  }
}

/** RFC 8693 §2.2.2 has one word for every fault of the token in hand. */
function refuseSubject(error: unknown): never {
  if (!(error instanceof GraphQLError) || error.extensions.code !== 'UNAUTHENTICATED') throw error
  throw new ExchangeRefusal('invalid_request', 'The subject_token is not valid.')
}

function noRoute() {
  const error = invalidToken()
  error.message =
    'An access token can only be exchanged here, by GET /api/auth/token or POST /api/auth/token/exchange.'
  return error
}

/** In the form of Better Auth's refusals. */
function refuse(error: unknown): Response {
  if (!(error instanceof GraphQLError)) throw error
  const { code, http } = error.extensions
  const { status, headers } = http as { status: number; headers: Record<string, string> }
  return Response.json({ code, message: error.message }, { status, headers })
}
