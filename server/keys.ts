import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

const coolDownMillis = 1_000

export type KeySet = ReturnType<typeof createKeySet>

/**
 * The public keys that tokens are verified with, held in memory: verifying costs no database or
 * network call. An unknown `kid` loads them again, once however many ask, and at most once a
 * second: a flood of made-up kids costs next to nothing, a new key is known at once.
 */
export function createKeySet(load: () => Promise<JSONWebKeySet>) {
  let keys: JWTVerifyGetKey | undefined
  let loading: Promise<JWTVerifyGetKey> | undefined
  let latest: Promise<JWTVerifyGetKey> | undefined
  let loadedAt = Number.NEGATIVE_INFINITY
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
        loadedAt = performance.now()
      })
    latest = loading
    return loading
  }

  /** Rejects like the latest load: while keys cannot be loaded, nobody may be told that a kid is wrong. */
  function recent(): Promise<JWTVerifyGetKey> {
    const isCoolingDown = performance.now() - loadedAt < coolDownMillis
    return isCoolingDown && latest ? latest : reload()
  }

  return {
    /** @throws KeysUnavailable when no key could be loaded. */
    getKey: (async (header, token) => {
      const known = keys ?? (await reload().catch(explain))
      try {
        return await known(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        return (await recent().catch(explain))(header, token)
      }
    }) satisfies JWTVerifyGetKey,
    reload,
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

export class KeysUnavailable extends Error {}

function explain(cause: unknown): never {
  throw new KeysUnavailable('The signing keys cannot be loaded.', { cause })
}
