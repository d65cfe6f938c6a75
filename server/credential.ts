import { isDatabaseAway } from '#db/availability.ts'
import { invalidToken, keysUnavailable } from '#schema/errors.ts'
import { isAccessToken } from './access-token.ts'
import type { Revocation } from './revocation.ts'
import { sourcesOf, type VerifyToken } from './token.ts'

type Kinds = {
  jwt: VerifyToken
  accessToken: VerifyToken
  revocation: Revocation
}

/**
 * What any credential says: it tells its kind itself. That what it was made from has ended is asked
 * here, of every kind and of every request, whatever may be remembered of it.
 * @throws invalidToken for any fault; keysUnavailable (503) when nobody can tell.
 */
export function createVerifyCredential({ jwt, accessToken, revocation }: Kinds): VerifyToken {
  return async (credential) => {
    const verify = isAccessToken(credential) ? accessToken : jwt
    const claims = await verify(credential).catch(explain)
    if (!revocation.isCurrent()) await revocation.becomeCurrent()
    if (revocation.isRevoked(sourcesOf(claims))) throw invalidToken()
    return claims
  }
}

function explain(error: unknown): never {
  throw isDatabaseAway(error) ? keysUnavailable() : error
}
