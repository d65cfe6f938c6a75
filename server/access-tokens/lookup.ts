import type { AuthContext, DBAdapter } from 'better-auth'
import { LRUCache } from 'lru-cache'
import { invalidToken } from '#schema/errors.ts'
import { lookUpPoints, unmetered } from '../limits/credential-limit.ts'
import type { Logger } from '../log/log.ts'
import { isWellFormed } from '../tokens/access-token.ts'
import { createActorClaim } from '../tokens/actor.ts'
import { emailClaims } from '../tokens/email-claims.ts'
import type { Claims, VerifyCached } from '../tokens/jwt.ts'
import { hashAccessToken } from './hash.ts'
import { type Key, keyModel, readScopes } from './store.ts'

/** Cache TTL. Revocation does not wait for it: see tokens/revocation.ts. */
const cacheMs = 60_000
/** TTL of a negative answer. */
const negativeMs = 5_000
/** Entries in the cache of good tokens, and in that of bad ones. */
const maxCached = 10_000
/** The last use of a token is written at most once in this time. */
const usePrecisionMs = 60_000

/**
 * The claims of an access token, as a JWT made from it has them. Undefined: no token has this hash.
 */
type FindClaims = (hash: string) => Promise<Claims | undefined>

/**
 * Verifies access tokens with a cache. Concurrent requests with the same token share one look-up.
 * The keys are hashes, so the memory holds no usable token. Bad tokens have their own cache, so
 * that a flood of them evicts no good one.
 */
export function cacheAccessTokens(
  findClaims: FindClaims,
  now = () => performance.now(),
): VerifyCached {
  const clock = { ttlResolution: 0, perf: { now } } // 0: the clock is read on each access
  const good = new LRUCache<string, Claims>({ max: maxCached, ttl: cacheMs, ...clock })
  const bad = new LRUCache<string, true>({ max: maxCached, ttl: negativeMs, ...clock })
  const underWay = new Map<string, Promise<Claims>>()

  async function lookUp(hash: string): Promise<Claims> {
    const claims = await findClaims(hash)
    if (claims) good.set(hash, claims)
    else bad.set(hash, true)
    return claims ?? refuse()
  }

  function lookUpOnce(hash: string): Promise<Claims> {
    const lookingUp = lookUp(hash).finally(() => underWay.delete(hash))
    underWay.set(hash, lookingUp)
    return lookingUp
  }

  return async (accessToken, meter = unmetered) => {
    if (!isWellFormed(accessToken)) return refuse()
    const hash = hashAccessToken(accessToken)
    if (bad.has(hash)) return refuse()
    const known = good.get(hash) ?? underWay.get(hash)
    const claims = await (known ??
      meter(lookUpPoints, () => underWay.get(hash) ?? lookUpOnce(hash)))
    return claims.exp * 1000 <= Date.now() ? refuse() : claims
  }
}

function refuse(): never {
  throw invalidToken()
}

/** The part of Better Auth's context that is used. */
type Adapters = {
  adapter: Pick<DBAdapter, 'findOne' | 'update'>
  internalAdapter: Pick<AuthContext['internalAdapter'], 'findUserById'>
}

/** Reads claims from Better Auth's tables. `context`: `$context` of Better Auth. */
export function createFindClaims(context: Promise<Adapters>, log: Logger): FindClaims {
  return async (hash) => {
    const { adapter, internalAdapter } = await context
    const where = [{ field: 'key', value: hash }]
    const key = await adapter.findOne<Key>({ model: keyModel, where })
    if (!key?.enabled) return undefined
    const owner = await internalAdapter.findUserById(key.referenceId)
    if (!owner) return undefined
    writeLastUse(adapter, key).catch((err) =>
      log.debug({ err }, 'The last use of an access token was not written'),
    )
    return claimsOf(key, owner)
  }
}

type Owner = { id: string; email: string; emailVerified: boolean }

function claimsOf(key: Key, owner: Owner): Claims {
  const scopes = readScopes(key)
  return {
    sub: owner.id,
    ...emailClaims(owner, scopes),
    scope: scopes.join(' '),
    sid: key.id,
    actor: createActorClaim('ACCESS_TOKEN', key.id, key.name),
    iat: Math.floor(key.createdAt.getTime() / 1000),
    exp: key.expiresAt ? Math.floor(key.expiresAt.getTime() / 1000) : Number.POSITIVE_INFINITY,
  }
}

/** Not awaited, so the request does not wait for the write. */
async function writeLastUse(adapter: Adapters['adapter'], { id, lastRequest }: Key): Promise<void> {
  if (lastRequest && Date.now() - lastRequest.getTime() < usePrecisionMs) return
  const where = [{ field: 'id', value: id }]
  await adapter.update({ model: keyModel, where, update: { lastRequest: new Date() } })
}
