import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** So many loads in a row, and then one a second, may the holders of made-up kids cause. */
const maxBurst = 5
const refillMs = 1_000

export type KeySet = ReturnType<typeof createKeySet>

/**
 * The public keys that tokens are verified with, held in memory: verifying costs no database or
 * network call. An unknown `kid` loads them again, once however many ask, and not without end: a
 * flood of made-up kids costs next to nothing, a new key is known at once.
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

  /** Rejects like the latest load: while keys cannot be loaded, nobody may be told that a kid is wrong. */
  function lookAgain(): Promise<JWTVerifyGetKey> {
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
      const known = keys ?? (await reload().catch(explain))
      const found = await find(known, header, token)
      if (found) return found
      // A load that is under way may have begun before the key was there, and then proves nothing.
      const fresh = loading && (await find(await loading.catch(explain), header, token))
      return fresh ?? (await lookAgain().catch(explain))(header, token)
    }) satisfies JWTVerifyGetKey,
    reload,
    /** Loads what is there now: a load that is under way may have begun too early. */
    async refresh(): Promise<void> {
      await loading?.catch(() => {})
      await reload()
    },
    /** Another number each time a key was added or taken away. */
    version: () => version,
  }
}

/** The same for the same keys, in whatever order they come. */
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

function explain(cause: unknown): never {
  throw new KeysUnavailable('The signing keys cannot be loaded.', { cause })
}
