import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { signaturePoints, unmetered } from '../limits/credential-limit.ts'
import { type Claims, isExpired, type VerifyCached, type VerifyToken } from './jwt.ts'
import type { KeySet } from './key-set.ts'

/** Tokens, about 10 MB of claims. The least recently used is evicted. */
const maxCached = 10_000

type Cached = { claims: Claims; keysVersion: number }

/**
 * Verifies the signature of a good token once, not on each request. An entry is dropped when the
 * token expires and when a signing key is added or removed. Bad tokens are not cached. The cache
 * keys are hashes, so the memory holds no usable token.
 */
export function cacheVerifiedTokens(verifyToken: VerifyToken, keys: KeySet): VerifyCached {
  const cached = new LRUCache<string, Cached>({ max: maxCached })
  return async (jwt, meter = unmetered) => {
    const digest = hash('sha256', jwt, 'base64')
    const known = cached.get(digest)
    const keysVersion = keys.version()
    if (known?.keysVersion === keysVersion && !isExpired(known.claims)) return known.claims
    cached.delete(digest)
    const claims = await meter(signaturePoints, () => verifyToken(jwt))
    cached.set(digest, { claims, keysVersion })
    return claims
  }
}
