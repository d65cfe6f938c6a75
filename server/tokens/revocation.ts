import { setTimeout as sleep } from 'node:timers/promises'
import { rememberedMs } from '#db/ended-sessions.ts'
import { keysUnavailable } from '#schema/errors.ts'

/**
 * Max age of the last ping before tokens are refused. A ping confirms that every ended session was
 * received.
 */
const maxAgeMs = 1_000
/** Extra time that a request waits for a late ping. */
const maxExtraWaitMs = 1_000

export type Revocation = ReturnType<typeof createRevocation>

/**
 * The ended sessions, held in memory, so a request needs no query. `listenToChanges` fills the
 * list. An entry is removed when all tokens of its session have expired.
 */
export function createRevocation(now = () => performance.now()) {
  const dueAt = new Map<string, number>()
  let currentAt = Number.NEGATIVE_INFINITY
  const waiting: (() => void)[] = []

  const age = () => now() - currentAt

  function dropExpired(): void {
    // The map is in the order of expiry, because every entry is kept for the same time.
    for (const [id, due] of dueAt) {
      if (due > now()) return
      dueAt.delete(id)
    }
  }

  return {
    sessionEnded(sessionId: string): void {
      dropExpired()
      dueAt.delete(sessionId) // so that it moves to the end
      dueAt.set(sessionId, now() + rememberedMs)
    },

    /**
     * A ping: every session that ended before `asOf` has been received. `asOf` is a time of `now`.
     */
    current(asOf: number): void {
      currentAt = asOf
      for (const wake of waiting.splice(0)) wake()
    },

    /**
     * Whether a token with these origins is refused. One without origins is valid until it expires.
     */
    isRevoked: (tokenOrigins: readonly string[]): boolean =>
      tokenOrigins.some((id) => dueAt.has(id)),

    /** Whether `isRevoked` is reliable: it knows every session that ended until a second ago. */
    isCurrent: (): boolean => age() <= maxAgeMs,

    /**
     * Waits for the next ping, which a busy machine or a new connection may delay.
     * @throws keysUnavailable (503) when none came in time.
     */
    async becomeCurrent(): Promise<void> {
      const ping = new Promise<void>((resolve) => waiting.push(resolve))
      const timeout = sleep(Math.max(0, maxAgeMs + maxExtraWaitMs - age()), undefined, {
        ref: false,
      })
      await Promise.race([ping, timeout])
      if (age() > maxAgeMs) throw keysUnavailable()
    },

    /** Time since the last ping. Infinite before the first. */
    get ageMs(): number {
      return age()
    },

    /** The number of ended sessions in the list. */
    get size(): number {
      return dueAt.size
    },
  }
}
