import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Usage } from '#db/shares.ts'
import type { Viewer } from '#schema/context.ts'
import { operationTooComplex, type RateLimit, rateLimited, streamEnded } from '#schema/errors.ts'
import { type Balance, type Budget, rateLimitOf } from '../limits/budget.ts'
import type { AddressOf } from '../limits/client-address.ts'
import { pointQuotasOf } from '../limits/point-quotas.ts'
import { limits } from './document-limits.ts'

/**
 * Cost that one point covers. A request costs one point, and one more for each further 100 of cost.
 */
export const costPerPoint = 100
/** Share of a client's points that events cannot use, so that many events do not block requests. */
const reservedShare = 0.2
/**
 * Milliseconds of database connections that are included in an operation's points. Usual operations
 * use 1 to 20.
 */
const freeMs = 100
/** Beyond `freeMs`, one point covers this many milliseconds. */
const msPerPoint = 10

/** The request that pays. */
export type Payer = { req: IncomingMessage; res: ServerResponse; viewer: Viewer | null }

export type Charges = ReturnType<typeof createCharges>

/**
 * What requests, operations and events cost, and who pays. `budget` undefined: no rate limit, and
 * only the cost of an operation is limited.
 */
export function createCharges(budget: Budget | undefined, addressOf: AddressOf) {
  const balances = new WeakMap<IncomingMessage, Balance>()
  const quotasOf = ({ req, viewer }: Payer) => pointQuotasOf(viewer, addressOf(req))

  function take(points: number, payer: Payer): Balance | undefined {
    const balance = budget?.spend(quotasOf(payer), points)
    if (!balance) return undefined
    balances.set(payer.req, balance)
    if (!payer.res.headersSent) setRateLimitHeaders(payer.res, balance) // a timeout has sent them
    return balance
  }

  function spend(points: number, payer: Payer): void {
    const balance = take(points, payer)
    if (balance?.isEnough === false) throw rateLimited(rateLimitOf(balance), balance.resetSeconds)
  }

  return {
    /** Whether the time of the database is measured and charged. */
    isMetered: budget !== undefined,

    /**
     * Charges a request, before its document is parsed: an invalid one costs a point too.
     * @throws RATE_LIMITED when the caller has no points left in this minute.
     */
    chargeRequest: (payer: Payer) => spend(1, payer),

    /**
     * Charges the operation beyond the point of its request.
     * @throws OPERATION_TOO_COMPLEX when it may not cost so much, RATE_LIMITED as above.
     */
    chargeOperation(cost: number, payer: Payer): void {
      if (cost > limits.cost) throw costTooHigh(cost)
      const points = pointsOf(cost)
      if (points > 1) spend(points - 1, payer)
    },

    /**
     * Charges the time of connections after execution, so at most the points that are left. The
     * client then waits for the next minute.
     */
    chargeUsage(usage: Usage | undefined, payer: Payer): void {
      const { connectionMs = 0 } = usage ?? {}
      const points = Math.ceil((connectionMs - freeMs) / msPerPoint)
      const left = balances.get(payer.req)?.remaining ?? 0
      if (points > 0 && left > 0) take(Math.min(points, left), payer)
    },

    /**
     * An event costs as much as its operation.
     * @throws STREAM_ENDED when the client has too few points.
     */
    chargeEvent(cost: number, payer: Payer): void {
      const balance = budget?.spend(quotasOf(payer), pointsOf(cost), reservedShare)
      if (balance && !balance.isEnough) throw streamEnded('POINTS_SPENT', rateLimitOf(balance))
    },

    /** The points that the request has left. */
    rateLimitFor(req: IncomingMessage): RateLimit | undefined {
      const balance = balances.get(req)
      return balance && rateLimitOf(balance)
    },
  }
}

function pointsOf(cost: number): number {
  return Math.max(1, Math.ceil(cost / costPerPoint))
}

function costTooHigh(cost: number) {
  return operationTooComplex(`The operation costs ${cost}, and the limit is ${limits.cost}.`, cost)
}

function setRateLimitHeaders(
  response: ServerResponse,
  { limit, remaining, resetSeconds }: Balance,
): void {
  response.setHeader('RateLimit-Limit', limit)
  response.setHeader('RateLimit-Remaining', remaining)
  response.setHeader('RateLimit-Reset', resetSeconds)
}
