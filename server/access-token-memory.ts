import { defaultKeyHasher } from '@better-auth/api-key'
import { LRUCache } from 'lru-cache'
import { invalidToken } from '#schema/errors.ts'
import { isWellFormed } from './access-token.ts'
import { type Key, keyModel, scopesOf } from './access-token-keys.ts'
import type { Auth } from './auth.ts'
import type { Logger } from './log.ts'
import type { Claims, VerifyToken } from './token.ts'
import { emailClaims } from './tokens/email-claims.ts'

/** So long an access token is good without another look; that it was revoked is heard at once. */
const rememberedMillis = 60_000
/** And so long it is known that there is none. */
const unknownMillis = 5_000
const mostRemembered = 10_000
const useMillis = 60_000

/** What an access token says, as a JWT of it would. Undefined: there is none with this hash. */
type FindClaims = (hash: string) => Promise<Claims | undefined>

/**
 * Looks access tokens up, each at most once a minute and once however many ask. Kept under the
 * hash that the table has too: what is in memory is good for nothing else.
 */
export function rememberAccessTokens(
  findClaims: FindClaims,
  now = () => performance.now(),
): VerifyToken {
  const remembered = new LRUCache<string, Claims | 'unknown'>({
    max: mostRemembered,
    ttl: rememberedMillis,
    ttlResolution: 0, // the time is asked each time, and not kept by a timer
    perf: { now },
    ignoreFetchAbort: true, // who asked is answered, even if a flood has pushed it out meanwhile
    fetchMethod: async (hash, _stale, { options }) => {
      const claims = await findClaims(hash)
      if (!claims) options.ttl = unknownMillis
      return claims ?? 'unknown'
    },
  })
  return async (accessToken) => {
    if (!isWellFormed(accessToken)) throw invalidToken()
    const claims = await remembered.fetch(await defaultKeyHasher(accessToken))
    if (!claims || claims === 'unknown') throw invalidToken()
    if (claims.exp * 1000 <= Date.now()) throw invalidToken()
    return claims
  }
}

/** In Better Auth's tables. */
export function findClaimsIn(auth: Auth, log: Logger): FindClaims {
  return async (hash) => {
    const { adapter, internalAdapter } = await auth.$context
    const where = [{ field: 'key', value: hash }]
    const key = await adapter.findOne<Key>({ model: keyModel, where })
    if (!key?.enabled) return undefined
    const owner = await internalAdapter.findUserById(key.referenceId)
    if (!owner) return undefined
    noteUse(auth, key).catch((err) => log.debug({ err }, 'The use of a token was not noted'))
    return claimsOf(key, owner)
  }
}

type Owner = { id: string; email: string; emailVerified: boolean }

function claimsOf(key: Key, owner: Owner): Claims {
  const scopes = scopesOf(key)
  return {
    sub: owner.id,
    ...emailClaims(owner, scopes),
    scope: scopes.join(' '),
    sid: key.id,
    iat: Math.floor(key.createdAt.getTime() / 1000),
    exp: key.expiresAt ? Math.floor(key.expiresAt.getTime() / 1000) : Number.POSITIVE_INFINITY,
  }
}

/** To the minute; nobody waits for it. */
async function noteUse(auth: Auth, { id, lastRequest }: Key): Promise<void> {
  if (lastRequest && Date.now() - lastRequest.getTime() < useMillis) return
  const { adapter } = await auth.$context
  const where = [{ field: 'id', value: id }]
  await adapter.update({ model: keyModel, where, update: { lastRequest: new Date() } })
}
