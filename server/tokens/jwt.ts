import { jwtVerify } from 'jose'
import { z } from 'zod'
import { invalidToken, keysUnavailable } from '#schema/errors.ts'
import type { Meter } from '../limits/credential-limit.ts'
import { type KeySet, KeysUnavailable } from './key-set.ts'

/** What we read of a token; the rest (scope, client_id, azp) is kept for parseScopes. */
const Claims = z.looseObject({
  sub: z
    .string()
    .min(1)
    .refine((sub) => sub.isWellFormed() && !sub.includes('\0')),
  iat: z.number(),
  exp: z.number(),
  email: z.string().optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  // The session or key it was made from, and the consent to an app: each ends it early, see revocation.ts.
  // Null: an app was given it after the person had signed out.
  sid: z
    .string()
    .min(1)
    .nullish()
    .transform((sid) => sid ?? undefined),
  grant_id: z.string().min(1).optional(),
})

export type Claims = z.infer<typeof Claims>

/** Of RFC 7519 and of RFC 9068; another kind of token says another thing. */
const kinds = [undefined, 'jwt', 'at+jwt', 'application/at+jwt']
const clockToleranceSeconds = 5

type VerifyOptions = { keys: KeySet; baseUrl: string }
export type VerifyToken = (jwt: string) => Promise<Claims>
/** Behind a cache. The meter is for what is not in it. */
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
      const isOtherKind = !kinds.includes(protectedHeader.typ?.toLowerCase())
      if (isFromFuture || isOtherKind) throw invalidToken()
      return claims
    } catch (error) {
      throw error instanceof KeysUnavailable ? keysUnavailable() : invalidToken()
    }
  }
}

/** What it was made from, such as a session: it ends when one of them ends. */
export function sourcesOf({ sid, grant_id }: Claims): string[] {
  return [sid, grant_id].filter((source) => source !== undefined)
}

/** With the tolerance of a clock: as long as a token is accepted, so long it may be remembered. */
export function isExpired({ exp }: Claims): boolean {
  return exp <= Math.floor(Date.now() / 1000) - clockToleranceSeconds
}
