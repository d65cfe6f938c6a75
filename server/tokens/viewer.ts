import type { IncomingMessage } from 'node:http'
import type { Viewer } from '#schema/context.ts'
import { invalidToken } from '#schema/errors.ts'
import { parseScopes } from '#schema/scopes.ts'
import type { AddressOf } from '../limits/client-address.ts'
import type { CallerKind } from '../log/request-notes.ts'
import { actorOf } from './actor.ts'
import type { VerifyCredential } from './credential.ts'
import { type Claims, clientOf, listTokenOrigins, script } from './jwt.ts'

/** Null: no credential was sent. @throws invalidToken when one was sent and is bad. */
export type Authenticate = (request: IncomingMessage) => Promise<Viewer | null>

/**
 * Reads the credential from the Authorization header only (RFC 6750 §2.1), never from cookies,
 * query or body.
 */
export function bearerAuthentication(
  verifyCredential: VerifyCredential,
  addressOf: AddressOf,
): Authenticate {
  return async (request) => {
    const credential = findBearerCredential(request)
    if (credential === undefined) return null
    const viewer = viewerOf(await verifyCredential(credential, addressOf(request)))
    request.callerKind = kindOf(viewer)
    return viewer
  }
}

const viewers = new WeakMap<Claims, Viewer>()

/** The same claims, which a cache holds for each token, give the same viewer. */
export function viewerOf(claims: Claims): Viewer {
  const viewer = viewers.get(claims) ?? createViewer(claims)
  viewers.set(claims, viewer)
  return viewer
}

function createViewer(claims: Claims): Viewer {
  const { sub, email, exp } = claims
  return {
    id: sub,
    email,
    scopes: parseScopes(claims),
    tokenOrigins: listTokenOrigins(claims),
    clientId: clientOf(claims),
    actor: actorOf(claims),
    expiresAt: exp * 1000,
  }
}

function kindOf({ clientId }: Viewer): CallerKind {
  if (clientId === undefined) return 'page'
  return clientId === script ? 'script' : 'app'
}

function findBearerCredential({ rawHeaders }: IncomingMessage): string | undefined {
  // From the raw headers: Node keeps only the first of several, and a request with two must be
  // refused.
  let sent: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'authorization') continue
    if (sent !== undefined) throw invalidToken()
    sent = rawHeaders[at + 1]
  }
  if (sent === undefined) return undefined
  // Base64url without padding (RFC 7515); jose would accept padding.
  const [, credential] = /^Bearer +([\w.-]+)$/i.exec(sent) ?? []
  if (credential === undefined) throw invalidToken()
  return credential
}
