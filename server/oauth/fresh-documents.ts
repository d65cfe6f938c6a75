import { LRUCache } from 'lru-cache'

/** Bounds of a max-age, and what is used without one. A document changes rarely. */
const freshness = { minSeconds: 60, defaultSeconds: 300, maxSeconds: 86_400 }
/** An older one is fetched again. */
const maxDocuments = 1_000

/** Which documents need not be fetched again yet. `now`: milliseconds; default: of the process. */
export function createFreshDocuments(now = () => performance.now()) {
  const fresh = new LRUCache<string, true>({ max: maxDocuments, perf: { now }, ttlResolution: 0 })
  return {
    has: (url: string): boolean => fresh.has(url),
    /** `maxAgeSeconds`: as the server states it. Undefined: it does not. */
    add(url: string, maxAgeSeconds = freshness.defaultSeconds): void {
      const { minSeconds, maxSeconds } = freshness
      const seconds = Math.min(Math.max(maxAgeSeconds, minSeconds), maxSeconds)
      fresh.set(url, true, { ttl: seconds * 1_000 })
    },
  }
}

export type FreshDocuments = ReturnType<typeof createFreshDocuments>
