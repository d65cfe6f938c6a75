import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** Loads that unknown kids may cause without a pause. */
const maxBurst = 5
/** After them one load in this time. */
const refillMs = 1_000

export type KeySet = ReturnType<typeof createKeySet>

/**
 * The public keys that verify tokens, held in memory, so verification needs no query. An unknown
 * `kid` reloads them, so a new key works immediately. Concurrent requests share one load, and the
 * number of loads is limited, so a flood of invented kids costs little.
 */
export function createKeySet(load: () => Promise<JSONWebKeySet>) {
  let keys: JWTVerifyGetKey | undefined
  let loading: Promise<JWTVerifyGetKey> | undefined
  let latest: Promise<JWTVerifyGetKey> | undefined
  let loadsLeft = maxBurst
  let countedAt = performance.now()
  let content: string | undefined
  let version = 0

  function reload(): Promise<JWTVerifyGetKey> {
    loading ??= load()
      .then((set) => {
        if (set.keys.length === 0) throw new Error('The key set is empty.')
        if (content !== contentOf(set)) version++
        content = contentOf(set)
        keys = createLocalJWKSet(set)
        return keys
      })
      .finally(() => {
        loading = undefined
      })
    latest = loading
    return loading
  }

  /**
   * Past the limit it returns the latest load, also if that failed: then it is unknown whether the
   * kid is wrong.
   */
  function reloadForUnknownKid(): Promise<JWTVerifyGetKey> {
    if (loading) return loading
    const now = performance.now()
    loadsLeft = Math.min(maxBurst, loadsLeft + (now - countedAt) / refillMs)
    countedAt = now
    if (loadsLeft < 1 && latest) return latest
    loadsLeft -= 1
    return reload()
  }

  return {
    /** @throws KeysUnavailable when no key could be loaded. */
    getKey: (async (header, token) => {
      const known = keys ?? (await reload().catch(rethrow))
      const found = await find(known, header, token)
      if (found) return found
      // A load that is under way may have begun before the key was added; then load once more.
      const fresh = loading && (await find(await loading.catch(rethrow), header, token))
      return fresh ?? (await reloadForUnknownKid().catch(rethrow))(header, token)
    }) satisfies JWTVerifyGetKey,
    reload,
    /**
     * Loads the current keys. Waits for a load that is under way, because it may have begun too
     * early.
     */
    async refresh(): Promise<void> {
      await loading?.catch(() => {})
      await reload()
    },
    /** Changes when a key is added or removed. */
    version: () => version,
  }
}

/** Independent of the order of the keys. */
function contentOf({ keys }: JSONWebKeySet): string {
  return keys
    .map((key) => JSON.stringify(key))
    .sort()
    .join()
}

type Key = Awaited<ReturnType<JWTVerifyGetKey>>

/** Undefined: the set has no such key. */
async function find(
  set: JWTVerifyGetKey,
  ...[header, token]: Parameters<JWTVerifyGetKey>
): Promise<Key | undefined> {
  try {
    return await set(header, token)
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined
    throw error
  }
}

export class KeysUnavailable extends Error {}

function rethrow(cause: unknown): never {
  throw new KeysUnavailable('The signing keys cannot be loaded.', { cause })
}
