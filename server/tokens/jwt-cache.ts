import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { signaturePoints, unmetered } from '../limits/credential-limit.ts'
import { type Claims, isExpired, type VerifyCached, type VerifyToken } from './jwt.ts'
import type { KeySet } from './key-set.ts'

/** About 10 MB of claims; whoever was longest away is verified again. */
const maxRemembered = 10_000

type Remembered = { claims: Claims; keysVersion: number }

/**
 * Verifies the signature of a good token once, not with each request. A token is forgotten when it
 * expires, and as soon as any key is added or taken away; a bad one is never remembered. Kept under
 * a digest: what is in memory is good for nothing else.
 */
export function rememberTokens(verifyToken: VerifyToken, keys: KeySet): VerifyCached {
  const remembered = new LRUCache<string, Remembered>({ max: maxRemembered })
  return async (jwt, meter = unmetered) => {
    const digest = createHash('sha256').update(jwt).digest('base64')
    const known = remembered.get(digest)
    const keysVersion = keys.version()
    if (known?.keysVersion === keysVersion && !isExpired(known.claims)) return known.claims
    remembered.delete(digest)
    const claims = await meter(signaturePoints, () => verifyToken(jwt))
    remembered.set(digest, { claims, keysVersion })
    return claims
  }
}
