import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { addSpent } from '#db/rate-limits.ts'
import type { RateLimit } from '#schema/errors.ts'
import type { Logger } from '../log/log.ts'
import { createPointCounter } from './point-counter.ts'
import type { PointQuota } from './point-quotas.ts'

const windowMs = 60_000
/** Between two exchanges with the other instances. */
const settleMs = 1_000

/**
 * A caller's points after spending. `isEnough`: whether there were enough points, so they were
 * spent.
 */
export type Balance = {
  isEnough: boolean
  limit: number
  remaining: number
  resetSeconds: number
  /** Milliseconds since 1970. */
  resetsAt: number
}

export type Budget = ReturnType<typeof createBudget>

type BudgetOptions = { pool: Pool; pointsPerMinute: number; log: Logger }

/**
 * Points that each caller may spend in a minute. Counted in memory, so a request needs no query.
 * Once a second the instances exchange their counts through the database.
 */
export function createBudget({ pool, pointsPerMinute, log }: BudgetOptions) {
  const counter = createPointCounter(windowMs)
  let unsettled = new Map<string, number>()
  let settling: Promise<void> | undefined
  let refusals = 0

  function count({ key, factor }: PointQuota, added: number) {
    const { points, msLeft } = counter.add(key, added)
    const limit = factor * pointsPerMinute
    return { key, limit, left: limit - points, msLeft }
  }

  /**
   * Spends from every quota, or from none when one has too few points; a cheaper request may then
   * still succeed. `reservedShare`: the share of each quota, 0 to 1, that this spending may not
   * use.
   * @returns the balance of the quota with the least left.
   */
  function spend(
    counted: string | readonly PointQuota[],
    points: number,
    reservedShare = 0,
  ): Balance {
    const quotas = typeof counted === 'string' ? [{ key: counted, factor: 1 }] : counted
    const counts = quotas.map((quota) => count(quota, points))
    const isEnough = counts.every(({ left, limit }) => left >= reservedShare * limit)
    for (const { key } of counts) {
      if (isEnough) unsettled.set(key, (unsettled.get(key) ?? 0) + points)
      else counter.add(key, -points)
    }
    if (!isEnough) refusals++
    const { limit, left, msLeft } = counts.reduce((a, b) => (b.left < a.left ? b : a))
    return {
      isEnough,
      limit,
      remaining: Math.max(0, left + (isEnough ? 0 : points)),
      resetsAt: Date.now() + msLeft,
      resetSeconds: Math.ceil(msLeft / 1000),
    }
  }

  async function exchange(): Promise<void> {
    const callers = new Map([...unsettled.keys()].map((caller) => [hashCaller(caller), caller]))
    const spent = [...callers].map(([key, caller]) => ({ key, points: unsettled.get(caller) ?? 0 }))
    unsettled = new Map()
    for (const { key, points, millisLeft } of await addSpent(pool, spent, windowMs)) {
      const caller = callers.get(key)
      if (caller === undefined || millisLeft <= 0) continue
      // The result does not include the points that were spent during the query.
      const total = points + (unsettled.get(caller) ?? 0)
      counter.set(caller, { points: total, msLeft: millisLeft })
    }
  }

  /** Adds the points spent here to the shared counts, and reads those of the other instances. */
  async function settle(): Promise<void> {
    if (unsettled.size === 0) return settling
    settling ??= exchange()
      .catch((error) =>
        log.debug({ reason: error.message }, 'Rate-limit points could not be exchanged'),
      )
      .finally(() => {
        settling = undefined
      })
    return settling
  }

  const timer = setInterval(settle, settleMs).unref()
  return {
    spend,
    settle,
    /** How often there were too few points, since the start. */
    get refusals(): number {
      return refusals
    },
    close: async () => {
      clearInterval(timer)
      await settle()
    },
  }
}

/** The members of a balance that clients get. */
export function rateLimitOf({ limit, remaining, resetsAt }: Balance): RateLimit {
  return { limit, remaining, resetAt: new Date(resetsAt).toISOString() }
}

/** Hashed, so that the table does not show who calls. */
function hashCaller(caller: string): string {
  return `budget:${createHash('sha256').update(caller).digest('base64url')}`
}
