import { isDatabaseUnavailable } from '#db/availability.ts'
import { invalidToken, keysUnavailable } from '#schema/errors.ts'
import type { MeterFor } from '../limits/credential-limit.ts'
import { isAccessToken } from './access-token.ts'
import { type Claims, listTokenOrigins, type VerifyCached } from './jwt.ts'
import type { Revocation } from './revocation.ts'

type Kinds = {
  jwt: VerifyCached
  accessToken: VerifyCached
  revocation: Revocation
  meterFor: MeterFor
}

/** `address`: the client address of the request. */
export type VerifyCredential = (credential: string, address: string) => Promise<Claims>

/**
 * Verifies a credential of any kind. Its prefix shows the kind. Revocation is checked here, for
 * every kind and on every request, also when the claims come from a cache.
 * @throws invalidToken for any fault; keysUnavailable (503) when it cannot be verified now;
 * RATE_LIMITED (429) for one that is not in a cache, after too many bad ones from the address.
 */
export function createVerifyCredential(kinds: Kinds): VerifyCredential {
  const { jwt, accessToken, revocation, meterFor } = kinds
  return async (credential, address) => {
    const verify = isAccessToken(credential) ? accessToken : jwt
    const claims = await verify(credential, meterFor(address)).catch(rethrow)
    if (!revocation.isCurrent()) await revocation.becomeCurrent()
    if (revocation.isRevoked(listTokenOrigins(claims))) throw invalidToken()
    return claims
  }
}

function rethrow(error: unknown): never {
  throw isDatabaseUnavailable(error) ? keysUnavailable() : error
}
