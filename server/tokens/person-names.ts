import { LRUCache } from 'lru-cache'
import { isDatabaseUnavailable } from '#db/availability.ts'

/** Cache TTL: 60 seconds, as for access tokens. A new name is in the history after that. */
const cacheMs = 60_000
const maxCached = 10_000

/** Undefined: the account is deleted, or the database is unavailable, so that nothing is written. */
export type FindPersonName = (userId: string) => Promise<string | undefined>

/** Looks up the names of users, with a cache. Concurrent requests of a user share one look-up. */
export function cachePersonNames(
  findUser: (id: string) => Promise<{ name: string } | null>,
): FindPersonName {
  const names = new LRUCache<string, { name: string }>({
    max: maxCached,
    ttl: cacheMs,
    fetchMethod: async (id) => (await findUser(id)) ?? undefined,
  })
  return async (userId) => {
    const known = names.get(userId) ?? (await names.fetch(userId).catch(ignoreOutage))
    return known?.name
  }
}

function ignoreOutage(error: unknown): undefined {
  if (!isDatabaseUnavailable(error)) throw error
}
