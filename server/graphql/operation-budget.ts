import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { type GraphQLParams, isAsyncIterable } from 'graphql-yoga'
import type { Context } from '#schema/context.ts'
import { costOf } from '#schema/cost.ts'
import type { RateLimit } from '#schema/errors.ts'
import type { Charges, Payer } from './charges.ts'
import type { NodeContext, NodePlugin } from './node-plugin.ts'
import { subscribeShared } from './shared-events.ts'

/** The cost of an operation, and the points that are left. */
type CostReport = { cost: number; rateLimit: RateLimit | undefined }

type Execution = ExecutionArgs & { contextValue: Context & NodeContext & { params: GraphQLParams } }

type BudgetOptions = { charges: Charges; payerOf: (context: NodeContext) => Payer }

/**
 * Before execution, refuses operations that cost too much and clients that have no points left in
 * this minute.
 */
export function operationBudget({ charges, payerOf }: BudgetOptions): NodePlugin {
  function charge({ document, operationName, variableValues, contextValue }: Execution): number {
    const cost = costOf({ document, operationName, variables: variableValues }) ?? 0
    charges.chargeOperation(cost, payerOf(contextValue))
    return cost
  }

  return {
    // Before parsing, so that an invalid document costs a point as well.
    onParams({ context, setResult }) {
      if (context.isCharged) return
      try {
        charges.chargeRequest(payerOf(context))
      } catch (error) {
        setResult({ errors: [error] } as ExecutionResult)
      }
    },
    onExecute({ args }) {
      const cost = charge(args)
      if (!charges.isMetered && !wantsCost(args)) return undefined
      return {
        onExecuteDone({ result, setResult }) {
          charges.chargeUsage(args.contextValue.db.usage, payerOf(args.contextValue))
          if (!wantsCost(args) || isAsyncIterable(result)) return
          const rateLimit = charges.rateLimitFor(args.contextValue.req)
          setResult(withCostReport(result, { cost, rateLimit }))
        },
      }
    },
    onSubscribe({ args, setSubscribeFn }) {
      const cost = charge(args)
      const payer = payerOf(args.contextValue)
      setSubscribeFn(() => subscribeShared(args, async () => charges.chargeEvent(cost, payer)))
    },
  }
}

/** Opt-in, so that responses stay byte-identical and cacheable. */
function wantsCost({ contextValue }: Execution): boolean {
  return contextValue.params.extensions?.cost === true
}

function withCostReport(result: ExecutionResult, report: CostReport): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, ...report } }
}
