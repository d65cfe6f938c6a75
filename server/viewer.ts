import type { IncomingMessage } from 'node:http'
import type { Viewer } from '#schema/context.ts'
import { invalidToken } from '#schema/errors.ts'
import { parseScopes } from '#schema/scopes.ts'
import type { Revocation } from './revocation.ts'
import type { Claims, VerifyToken } from './token.ts'

/** One way to prove who is calling. Null: no credential was sent. Throws invalidToken: one was sent and is bad. */
export type Authenticate = (request: IncomingMessage) => Promise<Viewer | null>

/**
 * The token of the Authorization header (RFC 6750 §2.1). Cookies, query and body never count. That
 * its session has ended is asked here, of every request, whatever `verifyToken` may remember.
 */
export function bearerAuthentication(
  verifyToken: VerifyToken,
  revocation: Revocation,
): Authenticate {
  return async (request) => {
    const jwt = bearerToken(request)
    if (jwt === undefined) return null
    const claims = await verifyToken(jwt)
    if (!revocation.isCurrent()) await revocation.becomeCurrent()
    const viewer = viewerOf(claims)
    if (revocation.isRevoked(viewer.sources)) throw invalidToken()
    return viewer
  }
}

function viewerOf(claims: Claims): Viewer {
  const { sub, email, sid, grant_id, exp } = claims
  const scopes = parseScopes(claims)
  return {
    id: sub,
    email,
    scopes,
    sources: [sid, grant_id].filter((source) => source !== undefined),
    clientId: clientOf(claims),
    expiresAt: exp * 1000,
  }
}

function clientOf({ client_id, azp }: Claims): string | undefined {
  return [client_id, azp].find((client) => typeof client === 'string')
}

function bearerToken({ rawHeaders }: IncomingMessage): string | undefined {
  // From the raw headers: Node keeps only the first of several, and two credentials are one too many.
  const sent = rawHeaders.filter(
    (_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'authorization' && index % 2 === 1,
  )
  if (sent.length === 0) return undefined
  // Base64url without padding, as RFC 7515 has it; jose would let padding pass.
  const [, token] = /^Bearer +([\w.-]+)$/i.exec(sent[0] ?? '') ?? []
  if (token === undefined || sent.length > 1) throw invalidToken()
  return token
}
