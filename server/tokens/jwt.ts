import { jwtVerify } from 'jose'
import { z } from 'zod'
import { invalidToken, keysUnavailable } from '#schema/errors.ts'
import type { Meter } from '../limits/credential-limit.ts'
import { type KeySet, KeysUnavailable } from './key-set.ts'

/**
 * Who makes the changes of a token: tokens/actor.ts. Persons have no name in it, because their name
 * is not for programs. First-party tokens have no such claim at all.
 */
const ActorClaim = z.object({
  kind: z.enum(['PERSON', 'ACCESS_TOKEN', 'APP']),
  id: z.string().min(1),
  name: z.string().optional(),
})

export type ActorClaim = z.infer<typeof ActorClaim>

/** The claims that are checked. The others (scope, client_id, azp) pass through to parseScopes. */
const Claims = z.looseObject({
  sub: z
    .string()
    .min(1)
    .refine((sub) => sub.isWellFormed() && !sub.includes('\0')),
  iat: z.number(),
  exp: z.number(),
  email: z.string().optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  // The session or access token that the JWT comes from. Its end revokes the JWT, see
  // revocation.ts.
  // Null: the JWT was issued to an app after the user had signed out.
  sid: z
    .string()
    .min(1)
    .nullish()
    .transform((sid) => sid ?? undefined),
  // The user's consent to an app. Its end revokes the JWT too.
  grant_id: z.string().min(1).optional(),
  actor: ActorClaim.optional().catch(undefined),
})

export type Claims = z.infer<typeof Claims>

/**
 * Values of `typ` (RFC 7519, RFC 9068). A JWT of another type, such as an ID token, is not an
 * access token.
 */
const allowedTypes = [undefined, 'jwt', 'at+jwt', 'application/at+jwt']
const clockToleranceSeconds = 5

type VerifyOptions = { keys: KeySet; baseUrl: string }
export type VerifyToken = (jwt: string) => Promise<Claims>
/** Verifies with a cache. The meter counts the tokens that are not in it. */
export type VerifyCached = (token: string, meter?: Meter) => Promise<Claims>

/**
 * Checks signature, issuer, audience, kind and times (RFC 7519 §4.1, RFC 8725 §3).
 * @throws invalidToken for any fault of the token; keysUnavailable (503) when the keys cannot be loaded.
 */
export function createVerifyToken({ keys, baseUrl }: VerifyOptions): VerifyToken {
  return async (jwt) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(jwt, keys.getKey, {
        algorithms: ['EdDSA'], // one only: the token does not choose (RFC 8725 §3.1)
        issuer: baseUrl,
        audience: baseUrl,
        requiredClaims: ['sub', 'iat', 'exp'],
        clockTolerance: clockToleranceSeconds,
      })
      const claims = Claims.parse(payload)
      const isFromFuture = claims.iat > Date.now() / 1000 + clockToleranceSeconds
      const isOtherType = !allowedTypes.includes(protectedHeader.typ?.toLowerCase())
      if (isFromFuture || isOtherType) throw invalidToken()
      return claims
    } catch (error) {
      throw error instanceof KeysUnavailable ? keysUnavailable() : invalidToken()
    }
  }
}

/**
 * The client of access tokens, which name none. The page's own tokens have no scope claim and no
 * client.
 */
export const script = 'a script'

/** The client of a token. Undefined: our own page. */
export function clientOf({ client_id, azp, scope }: Claims): string | undefined {
  const client = [client_id, azp].find((name) => typeof name === 'string')
  return client ?? (scope === undefined ? undefined : script)
}

/**
 * The ids of the session, access token or consent that the token comes from. The end of one revokes
 * the token.
 */
export function listTokenOrigins({ sid, grant_id }: Claims): string[] {
  return [sid, grant_id].filter((origin) => origin !== undefined)
}

/** With the same clock tolerance as createVerifyToken. */
export function isExpired({ exp }: Claims): boolean {
  return exp <= Math.floor(Date.now() / 1000) - clockToleranceSeconds
}
