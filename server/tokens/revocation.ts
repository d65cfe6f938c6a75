import { setTimeout as sleep } from 'node:timers/promises'
import { rememberedMs } from '#db/ended-sessions.ts'
import { keysUnavailable } from '#schema/errors.ts'

/** So long an instance serves without having proof that it has heard of every session that ended. */
const graceMs = 1_000
/** And so much longer a request waits for the proof before it is refused. */
const patienceMs = 1_000

export type Revocation = ReturnType<typeof createRevocation>

/**
 * Which sessions have ended, in memory: knowing it costs no database call per request. Filled by
 * `listenToChanges`.
 */
export function createRevocation(now = () => performance.now()) {
  const forgetAt = new Map<string, number>()
  let provenAt = Number.NEGATIVE_INFINITY
  const waiting: (() => void)[] = []

  const age = () => now() - provenAt

  function forgetOld(): void {
    // In the order in which they are due, because all are kept for the same time.
    for (const [id, due] of forgetAt) {
      if (due > now()) return
      forgetAt.delete(id)
    }
  }

  return {
    sessionEnded(sessionId: string): void {
      forgetOld()
      forgetAt.delete(sessionId) // so that it moves to the end
      forgetAt.set(sessionId, now() + rememberedMs)
    },

    /** Every session that ended before this moment has been told of. */
    current(asOf: number): void {
      provenAt = asOf
      for (const wake of waiting.splice(0)) wake()
    },

    /** Whether a token made from these is refused. One that was made from nothing lives until it expires. */
    isRevoked: (sources: readonly string[]): boolean => sources.some((id) => forgetAt.has(id)),

    /** Whether `isRevoked` can be believed: it knows all that happened up to a second ago. */
    isCurrent: (): boolean => age() <= graceMs,

    /**
     * Waits a moment for what a busy machine or a new connection may bring.
     * @throws keysUnavailable (503) when nothing came.
     */
    async becomeCurrent(): Promise<void> {
      const proof = new Promise<void>((resolve) => waiting.push(resolve))
      const late = sleep(Math.max(0, graceMs + patienceMs - age()), undefined, {
        ref: false,
      })
      await Promise.race([proof, late])
      if (age() > graceMs) throw keysUnavailable()
    },

    /** How many ended sessions are remembered. */
    get size(): number {
      return forgetAt.size
    },
  }
}
