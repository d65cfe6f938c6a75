import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { addSpent } from '#db/rate-limits.ts'
import type { RateLimit } from '#schema/errors.ts'
import type { Logger } from './log.ts'

const windowSeconds = 60
const settleMillis = 1_000

/** What a caller has left after spending; `isEnough`: whether the points were there to be spent. */
export type Balance = RateLimit & { isEnough: boolean; resetSeconds: number }

export type Budget = ReturnType<typeof createBudget>

type BudgetOptions = { pool: Pool; pointsPerMinute: number; log: Logger }

/**
 * Points that each caller may spend in a minute. Counted in memory, so that counting costs a
 * request no look at the database; once a second the instances tell each other through it.
 */
export function createBudget({ pool, pointsPerMinute, log }: BudgetOptions) {
  const limiter = new RateLimiterMemory({ points: pointsPerMinute, duration: windowSeconds })
  let unsettled = new Map<string, number>()
  let settling: Promise<void> | undefined

  /** Points that were not there are not taken: something cheaper may still be had. */
  async function spend(caller: string, points: number): Promise<Balance> {
    const spent = await limiter.penalty(caller, points)
    const isEnough = spent.consumedPoints <= pointsPerMinute
    if (isEnough) unsettled.set(caller, (unsettled.get(caller) ?? 0) + points)
    else await limiter.reward(caller, points)
    return {
      isEnough,
      limit: pointsPerMinute,
      remaining: Math.max(0, pointsPerMinute - spent.consumedPoints + (isEnough ? 0 : points)),
      resetAt: new Date(Date.now() + spent.msBeforeNext).toISOString(),
      resetSeconds: Math.ceil(spent.msBeforeNext / 1000),
    }
  }

  async function exchange(): Promise<void> {
    const callers = new Map([...unsettled.keys()].map((caller) => [digest(caller), caller]))
    const spent = [...callers].map(([key, caller]) => ({ key, points: unsettled.get(caller) ?? 0 }))
    unsettled = new Map()
    for (const { key, points, millisLeft } of await addSpent(pool, spent, windowSeconds * 1000)) {
      const caller = callers.get(key)
      if (caller === undefined || millisLeft <= 0) continue
      // What has been spent since the question was asked is not in the answer.
      await limiter.set(caller, points + (unsettled.get(caller) ?? 0), millisLeft / 1000)
    }
  }

  /** Tells the other instances what was spent here, and learns what was spent there. */
  async function settle(): Promise<void> {
    if (unsettled.size === 0) return settling
    settling ??= exchange()
      .catch((error) => log.debug({ reason: error.message }, 'Budgets could not be settled'))
      .finally(() => {
        settling = undefined
      })
    return settling
  }

  const timer = setInterval(settle, settleMillis).unref()
  return {
    spend,
    settle,
    close: async () => {
      clearInterval(timer)
      await settle()
    },
  }
}

/** The database need not know who calls. */
function digest(caller: string): string {
  return `budget:${createHash('sha256').update(caller).digest('base64url')}`
}
