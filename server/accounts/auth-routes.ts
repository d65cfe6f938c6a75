import { withEtag } from '../http/etag.ts'
import { answerAuth, Refusal } from '../http/refusals.ts'
import { chargeAuthRequest } from '../limits/auth-points.ts'
import type { Budget } from '../limits/budget.ts'
import { createRefreshRetry } from '../oauth/refresh-retry.ts'
import type { ExchangeRoutes } from '../tokens/exchange-routes.ts'
import type { Introspection } from '../tokens/introspection.ts'
import type { Auth } from './auth.ts'
import { findDuplicateCookie } from './session-cookie.ts'

/**
 * The allow-list of routes under /api/auth, which the page, the docs, OAuth clients and scripts
 * use. Better Auth and its plugins have more routes, and a new version may add some.
 */
export const servedRoutes = [
  ...['sign-up/email', 'sign-in/email', 'sign-out', 'get-session', 'token', 'jwks'],
  'sign-in-options',
  ...['list-sessions', 'revoke-session', 'revoke-sessions', 'revoke-other-sessions'],
  ...['session/list', 'session/revoke'],
  ...['change-password', 'reset-password', 'verify-password', 'update-user', 'delete-user'],
  ...['request-password-reset', 'send-verification-email', 'verify-email', 'change-email'],
  'account/export',
  ...['access-token/create', 'access-token/list', 'access-token/revoke', 'token/exchange'],
  ...['connected-app/list', 'connected-app/disconnect'],
  ...['authorize', 'consent', 'request', 'token', 'revoke', 'register'].map(
    (route) => `oauth2/${route}`,
  ),
]

/** Only if there is an OpenID provider. */
const openIdRoutes = ['sign-in/social', 'callback/oidc', 'link-social', 'list-accounts']

const keysPath = '/api/auth/jwks'

type Parts = {
  auth: Pick<Auth, 'handler' | '$context'>
  exchangeRoutes: ExchangeRoutes
  /** Undefined: tokens cannot be introspected. */
  introspection?: Introspection
  /** Whether users may sign in with an OpenID provider. */
  hasOpenId?: boolean
  /** Points that an address may spend at /api/auth. Undefined: no rate limit. */
  authBudget?: Budget
}

/** Handles /api/auth/*. Better Auth receives only requests for a route in `servedRoutes`. */
export function createAuthRoutes(parts: Parts) {
  const { auth, exchangeRoutes, introspection, hasOpenId, authBudget } = parts
  const served = [...servedRoutes, ...(hasOpenId ? openIdRoutes : [])]
  const servedPaths = new Set(served.map((route) => `/api/auth/${route}`))
  const handle = createRefreshRetry(auth)
  return async (request: Request): Promise<Response> => {
    const duplicate = findDuplicateCookie(request.headers)
    if (duplicate !== undefined) return refuseDuplicate(duplicate)
    const answer =
      (authBudget && (await chargeAuthRequest(authBudget, request))) ??
      (await introspection?.(request)) ??
      (await exchangeRoutes(request))
    if (answer) return answer
    const { pathname } = new URL(request.url)
    if (!servedPaths.has(pathname)) return refuseRoute(pathname)
    const response = await handle(request)
    return pathname === keysPath ? withEtag(request, response) : response
  }
}

function refuseDuplicate(name: string): Response {
  const message = `The request has two cookies of the name ${name}. Delete the cookies of this site and sign in again.`
  return answerAuth(new Refusal({ code: 'DUPLICATE_COOKIE', message, status: 400 }))
}

function refuseRoute(path: string): Response {
  const message = `There is no route ${path.slice(0, 100)}. /docs/tokens and /docs/oauth list those for programs.`
  return answerAuth(new Refusal({ code: 'NOT_FOUND', message, status: 404 }))
}
