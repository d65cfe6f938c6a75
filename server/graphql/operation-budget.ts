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
import { subscribeShared } from './shared-events.ts'
import type { NodeContext, NodePlugin } from './yoga.ts'

/** A point for each request, which is good for a cost of 100; one more for each further 100. */
const costOfPoint = 100
/** Of a caller's points, which events leave to requests: a flood of events must not stop the page. */
const reservedShare = 0.2
/** Milliseconds of connections that an operation may use for its points alone. Honest ones use 1 to 20. */
const freeMs = 100
/** Beyond them, each further so many that are begun cost a point. */
const msPerPoint = 10

type BudgetOptions = {
  /** Undefined: everybody may spend as much as they like. */
  budget: Budget | undefined
  viewerOf: (request: IncomingMessage) => Viewer | null
  addressOf: AddressOf
}

/** What an operation comes to, for whoever asks. */
type Account = { cost: number; rateLimit: RateLimit | undefined }

type Execution = ExecutionArgs & { contextValue: Context & NodeContext & { params: GraphQLParams } }

/** Refuses what is too dear, and who has spent too much in this minute, before anything is done. */
export function operationBudget({ budget, viewerOf, addressOf }: BudgetOptions): NodePlugin {
  const balances = new WeakMap<IncomingMessage, Balance>()

  const quotasOf = (req: IncomingMessage) => pointQuotasOf(viewerOf(req), addressOf(req))

  async function take(points: number, { req, res }: NodeContext): Promise<Balance | undefined> {
    const balance = await budget?.spend(quotasOf(req), points)
    if (!balance) return undefined
    balances.set(req, balance)
    if (!res.headersSent) tell(res, balance) // it is sent when the request took too long
    return balance
  }

  async function spend(points: number, context: NodeContext): Promise<void> {
    const balance = await take(points, context)
    if (balance?.isEnough === false) throw rateLimited(rateLimitOf(balance), balance.resetSeconds)
  }

  /** After the fact, so at most what is left: then the caller waits for the end of the minute. */
  async function chargeUsage({ connectionMs }: Usage, context: NodeContext): Promise<void> {
    const points = Math.ceil((connectionMs - freeMs) / msPerPoint)
    const left = balances.get(context.req)?.remaining ?? 0
    if (points > 0 && left > 0) await take(Math.min(points, left), context)
  }

  async function charge(args: Execution): Promise<Account> {
    const { document, operationName, variableValues: variables, contextValue } = args
    const cost = costOf({ document, operationName, variables }) ?? 0
    if (cost > limits.cost) throw tooDear(cost)
    const points = pointsOf(cost)
    if (points > 1) await spend(points - 1, contextValue)
    const balance = balances.get(contextValue.req)
    return { cost, rateLimit: balance && rateLimitOf(balance) }
  }

  /** An event costs what its operation costs. It ends a stream that its caller has no points for. */
  async function chargeEvent(points: number, { req }: NodeContext): Promise<void> {
    const balance = await budget?.spend(quotasOf(req), points, reservedShare)
    if (balance && !balance.isEnough) throw streamEnded('POINTS_SPENT', rateLimitOf(balance))
  }

  return {
    // Before the document is parsed: one that cannot be executed costs a point as well.
    async onParams({ context, setResult }) {
      await spend(1, context).catch((error) => setResult({ errors: [error] }))
    },
    async onExecute({ args, executeFn, setExecuteFn }) {
      const { cost } = await charge(args)
      if (!budget && !asksForCost(args)) return undefined
      const usage: Usage = { connectionMs: 0 }
      setExecuteFn((args) => measureUsage(usage, () => executeFn(args)))
      return {
        async onExecuteDone({ result, setResult }) {
          await chargeUsage(usage, args.contextValue)
          if (!asksForCost(args) || isAsyncIterable(result)) return
          const balance = balances.get(args.contextValue.req)
          setResult(withAccount(result, { cost, rateLimit: balance && rateLimitOf(balance) }))
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
  return Math.max(1, Math.ceil(cost / costOfPoint))
}

function tooDear(cost: number) {
  return operationTooComplex(`The operation may cost ${limits.cost}, and costs ${cost}.`, cost)
}

function tell(response: ServerResponse, { limit, remaining, resetSeconds }: Balance): void {
  response.setHeader('RateLimit-Limit', limit)
  response.setHeader('RateLimit-Remaining', remaining)
  response.setHeader('RateLimit-Reset', resetSeconds)
}

/** Only for who asks: the answers to equal requests are equal to the byte otherwise. */
function asksForCost({ contextValue }: Execution): boolean {
  return contextValue.params.extensions?.cost === true
}

function withAccount(result: ExecutionResult, account: Account): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, ...account } }
}
