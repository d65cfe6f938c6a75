import { GraphQLError } from 'graphql'
import { parseScopes } from '#schema/scopes.ts'
import { hasSecret } from '../http/operator-secret.ts'
import { addressHeader } from '../http/origin-headers.ts'
import { answerAuth, Refusal } from '../http/refusals.ts'
import type { VerifyCredential } from './credential.ts'
import { type Claims, clientOf } from './jwt.ts'

export const introspectionPath = '/api/auth/oauth2/introspect'

type IntrospectionOptions = {
  /** INTROSPECTION_SECRET. */
  secret: string
  verifyCredential: VerifyCredential
  baseUrl: string
}

/** Undefined: the request is for another route. */
export type Introspection = (request: Request) => Promise<Response | undefined>

/**
 * Token introspection (RFC 7662) for gateways of the operator: whether a token of any kind is valid
 * and not revoked, and its scopes. Without the secret, anyone could try tokens here (§2.1).
 */
export function createIntrospection(options: IntrospectionOptions): Introspection {
  const { secret, verifyCredential, baseUrl } = options
  return async (request) => {
    if (new URL(request.url).pathname !== introspectionPath) return undefined
    if (request.method !== 'POST')
      return new Response('Use POST.\n', { status: 405, headers: { Allow: 'POST' } })
    if (!hasSecret(request.headers.get('authorization'), secret)) return refuseCaller()
    const token = new URLSearchParams(await request.text()).get('token')
    if (!token) return refuseForm()
    try {
      const address = request.headers.get(addressHeader) ?? ''
      return Response.json(describe(await verifyToken(verifyCredential, token, address), baseUrl))
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      // Unknown, expired, revoked and malformed tokens are the same (§2.2).
      if (error.extensions.code === 'UNAUTHENTICATED') return Response.json({ active: false })
      return answerAuth(Refusal.from(error)) // it cannot be verified now
    }
  }
}

/** Only the characters of a bearer token (tokens/viewer.ts). */
async function verifyToken(verify: VerifyCredential, token: string, address: string) {
  return /^[\w.-]+$/.test(token) ? verify(token, address) : undefined
}

function describe(claims: Claims | undefined, baseUrl: string): object {
  if (!claims) return { active: false }
  const { sub, exp, iat, jti, sid } = claims
  const scope = parseScopes(claims).join(' ')
  const client_id = clientOf(claims)
  // An access token without an expiry has an infinite one, which JSON cannot express.
  const expiry = Number.isFinite(exp) ? { exp } : {}
  const issued = { iss: baseUrl, aud: baseUrl, sub, ...expiry, iat, jti, sid }
  return { active: true, token_type: 'Bearer', scope, client_id, ...issued }
}

function refuseCaller(): Response {
  const error_description = 'Authenticate with INTROSPECTION_SECRET, as Bearer or HTTP Basic.'
  return Response.json(
    { error: 'invalid_client', error_description },
    { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="introspection", Bearer' } },
  )
}

function refuseForm(): Response {
  const error_description = 'Send the token as the parameter "token" of a form.'
  return Response.json({ error: 'invalid_request', error_description }, { status: 400 })
}
