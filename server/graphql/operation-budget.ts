import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { type GraphQLParams, isAsyncIterable } from 'graphql-yoga'
import { measureUsage, type Usage } from '#db/shares.ts'
import type { Context, Viewer } from '#schema/context.ts'
import { costOf } from '#schema/cost.ts'
import { operationTooComplex, type RateLimit, rateLimited, streamEnded } from '#schema/errors.ts'
import { type Balance, type Budget, rateLimitOf } from '../limits/budget.ts'
import type { AddressOf } from '../limits/client-address.ts'
import { pointQuotasOf } from '../limits/point-quotas.ts'
import { limits } from './document-limits.ts'
import type { NodeContext, NodePlugin } from './node-plugin.ts'
import { subscribeShared } from './shared-events.ts'

/**
 * Cost that one point covers. A request costs one point, and one more for each further 100 of cost.
 */
const costPerPoint = 100
/** Share of a client's points that events cannot use, so that many events do not block requests. */
const reservedShare = 0.2
/**
 * Milliseconds of database connections that are included in an operation's points. Usual operations
 * use 1 to 20.
 */
const freeMs = 100
/** Beyond `freeMs`, one point covers this many milliseconds. */
const msPerPoint = 10

type BudgetOptions = {
  /** Undefined: no rate limit. */
  budget: Budget | undefined
  viewerOf: (request: IncomingMessage) => Viewer | null
  addressOf: AddressOf
}

/** The cost of an operation, and the points that are left. */
type CostReport = { cost: number; rateLimit: RateLimit | undefined }

type Execution = ExecutionArgs & { contextValue: Context & NodeContext & { params: GraphQLParams } }

/**
 * Before execution, refuses operations that cost too much and clients that have no points left in
 * this minute.
 */
export function operationBudget({ budget, viewerOf, addressOf }: BudgetOptions): NodePlugin {
  const balances = new WeakMap<IncomingMessage, Balance>()

  const quotasOf = (req: IncomingMessage) => pointQuotasOf(viewerOf(req), addressOf(req))

  async function take(points: number, { req, res }: NodeContext): Promise<Balance | undefined> {
    const balance = await budget?.spend(quotasOf(req), points)
    if (!balance) return undefined
    balances.set(req, balance)
    if (!res.headersSent) setRateLimitHeaders(res, balance) // a timeout has sent them already
    return balance
  }

  async function spend(points: number, context: NodeContext): Promise<void> {
    const balance = await take(points, context)
    if (balance?.isEnough === false) throw rateLimited(rateLimitOf(balance), balance.resetSeconds)
  }

  /**
   * Charged after execution, so at most the points that are left. The client then waits for the
   * next minute.
   */
  async function chargeUsage({ connectionMs }: Usage, context: NodeContext): Promise<void> {
    const points = Math.ceil((connectionMs - freeMs) / msPerPoint)
    const left = balances.get(context.req)?.remaining ?? 0
    if (points > 0 && left > 0) await take(Math.min(points, left), context)
  }

  async function charge(args: Execution): Promise<CostReport> {
    const { document, operationName, variableValues: variables, contextValue } = args
    const cost = costOf({ document, operationName, variables }) ?? 0
    if (cost > limits.cost) throw costTooHigh(cost)
    const points = pointsOf(cost)
    if (points > 1) await spend(points - 1, contextValue)
    const balance = balances.get(contextValue.req)
    return { cost, rateLimit: balance && rateLimitOf(balance) }
  }

  /** An event costs as much as its operation. The stream ends if the client has too few points. */
  async function chargeEvent(points: number, { req }: NodeContext): Promise<void> {
    const balance = await budget?.spend(quotasOf(req), points, reservedShare)
    if (balance && !balance.isEnough) throw streamEnded('POINTS_SPENT', rateLimitOf(balance))
  }

  return {
    // Before parsing, so that an invalid document costs a point as well.
    async onParams({ context, setResult }) {
      await spend(1, context).catch((error) => setResult({ errors: [error] }))
    },
    async onExecute({ args, executeFn, setExecuteFn }) {
      const { cost } = await charge(args)
      if (!budget && !wantsCost(args)) return undefined
      const usage: Usage = { connectionMs: 0 }
      setExecuteFn((args) => measureUsage(usage, () => executeFn(args)))
      return {
        async onExecuteDone({ result, setResult }) {
          await chargeUsage(usage, args.contextValue)
          if (!wantsCost(args) || isAsyncIterable(result)) return
          const balance = balances.get(args.contextValue.req)
          setResult(withCostReport(result, { cost, rateLimit: balance && rateLimitOf(balance) }))
        },
      }
    },
    async onSubscribe({ args, setSubscribeFn }) {
      const points = pointsOf((await charge(args)).cost)
      setSubscribeFn(() => subscribeShared(args, () => chargeEvent(points, args.contextValue)))
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

/** Opt-in, so that responses stay byte-identical and cacheable. */
function wantsCost({ contextValue }: Execution): boolean {
  return contextValue.params.extensions?.cost === true
}

function withCostReport(result: ExecutionResult, report: CostReport): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, ...report } }
}
