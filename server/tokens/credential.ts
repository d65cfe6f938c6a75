import { isDatabaseAway } from '#db/availability.ts'
import { invalidToken, keysUnavailable } from '#schema/errors.ts'
import type { MeterFor } from '../limits/credential-limit.ts'
import { isAccessToken } from './access-token.ts'
import { type Claims, sourcesOf, type VerifyCached } from './jwt.ts'
import type { Revocation } from './revocation.ts'

type Kinds = {
  jwt: VerifyCached
  accessToken: VerifyCached
  revocation: Revocation
  meterFor: MeterFor
}

/** `address`: where the request with the credential comes from. */
export type VerifyCredential = (credential: string, address: string) => Promise<Claims>

/**
 * What any credential says: it tells its kind itself. That what it was made from has ended is asked
 * here, of every kind and of every request, whatever may be remembered of it.
 * @throws invalidToken for any fault; keysUnavailable (503) when nobody can tell; RATE_LIMITED (429)
 * for one that is in no cache, after too many bad ones from the address.
 */
export function createVerifyCredential(kinds: Kinds): VerifyCredential {
  const { jwt, accessToken, revocation, meterFor } = kinds
  return async (credential, address) => {
    const verify = isAccessToken(credential) ? accessToken : jwt
    const claims = await verify(credential, meterFor(address)).catch(explain)
    if (!revocation.isCurrent()) await revocation.becomeCurrent()
    if (revocation.isRevoked(sourcesOf(claims))) throw invalidToken()
    return claims
  }
}

function explain(error: unknown): never {
  throw isDatabaseAway(error) ? keysUnavailable() : error
}
