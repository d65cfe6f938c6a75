import type { IncomingMessage } from 'node:http'
import type { Viewer } from '#schema/context.ts'
import { invalidToken } from '#schema/errors.ts'
import { parseScopes } from '#schema/scopes.ts'
import type { AddressOf } from '../limits/client-address.ts'
import type { VerifyCredential } from './credential.ts'
import { type Claims, sourcesOf } from './jwt.ts'

/** One way to prove who is calling. Null: no credential was sent. Throws invalidToken: one was sent and is bad. */
export type Authenticate = (request: IncomingMessage) => Promise<Viewer | null>

/** The credential of the Authorization header (RFC 6750 §2.1). Cookies, query and body never count. */
export function bearerAuthentication(
  verifyCredential: VerifyCredential,
  addressOf: AddressOf,
): Authenticate {
  return async (request) => {
    const credential = bearerCredential(request)
    if (credential === undefined) return null
    return viewerOf(await verifyCredential(credential, addressOf(request)))
  }
}

export function viewerOf(claims: Claims): Viewer {
  const { sub, email, exp } = claims
  return {
    id: sub,
    email,
    scopes: parseScopes(claims),
    sources: sourcesOf(claims),
    clientId: clientOf(claims),
    expiresAt: exp * 1000,
  }
}

/** Tokens that people make for their scripts name no client, and are not our page's either. */
const script = 'a script'

function clientOf({ client_id, azp, scope }: Claims): string | undefined {
  const client = [client_id, azp].find((name) => typeof name === 'string')
  return client ?? (scope === undefined ? undefined : script)
}

function bearerCredential({ rawHeaders }: IncomingMessage): string | undefined {
  // From the raw headers: Node keeps only the first of several, and two credentials are one too many.
  const sent = rawHeaders.filter(
    (_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'authorization' && index % 2 === 1,
  )
  if (sent.length === 0) return undefined
  // Base64url without padding, as RFC 7515 has it; jose would let padding pass.
  const [, credential] = /^Bearer +([\w.-]+)$/i.exec(sent[0] ?? '') ?? []
  if (credential === undefined || sent.length > 1) throw invalidToken()
  return credential
}
