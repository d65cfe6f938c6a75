import {
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  OperationTypeNode,
} from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import { dryRun } from '#db/dry-run.ts'
import type { Context } from '#schema/context.ts'
import { badUserInput } from '#schema/errors.ts'
import { shorten } from '#schema/shorten.ts'
import type { NodeContext, NodePlugin } from './node-plugin.ts'

type Extensions = GraphQLParams['extensions']

/**
 * The error for a `dryRun` that is neither true nor false. `null` and `"true"` are refused as well: a
 * caller that expects a dry run must never get a real one.
 */
export function findDryRunFault({ extensions }: GraphQLParams): GraphQLError | undefined {
  const value: unknown = extensions?.dryRun
  if (value === undefined || typeof value === 'boolean') return undefined
  return refused(`dryRun must be true or false, got ${shorten(JSON.stringify(value))}.`)
}

function refused(message: string): GraphQLError {
  const error = badUserInput(message, 'dryRun')
  error.extensions.http = { status: 400, spec: false }
  return error
}

type Asked = {
  extensions: Extensions
  operation: `${OperationTypeNode}` | undefined
  context: Context
  /** If the client goes, the dry run ends. */
  request: Pick<NodeContext, 'req' | 'res'>
}

/**
 * Executes an operation. With `"extensions": {"dryRun": true}` a mutation gets a database whose changes
 * are rolled back (db/dry-run.ts). A query changes nothing, so only its answer differs, which has
 * `dryRun` in its extensions.
 */
export function executeAsAsked<Result extends ExecutionResult | undefined>(
  asked: Asked,
  execute: () => Promise<Result>,
): Promise<Result> {
  if (asked.extensions?.dryRun !== true) return execute() // without a further promise
  const executeMarked = async () => markDry(await execute())
  return asked.operation === OperationTypeNode.MUTATION
    ? executeDry(asked, executeMarked)
    : executeMarked()
}

function executeDry<Result>(
  { context, request: { req, res } }: Asked,
  execute: () => Promise<Result>,
): Promise<Result> {
  req.isDryRun = true
  const isCancelled = () => res.destroyed
  return dryRun(context.db, isCancelled, (db) => {
    context.db = db
    return execute()
  })
}

/** A result without data was not executed. */
function markDry<Result extends ExecutionResult | undefined>(result: Result): Result {
  if (!result || !('data' in result)) return result
  return { ...result, extensions: { ...result.extensions, dryRun: true } }
}

/** Dry runs for the operations of Yoga. A subscription is refused. */
export const dryRuns: NodePlugin = {
  onExecute({ args, executeFn, setExecuteFn }) {
    const { document, operationName, contextValue } = args
    const { extensions } = contextValue.params
    const operation = getOperationAST(document, operationName)?.operation
    const asked = { extensions, operation, context: contextValue, request: contextValue }
    if (extensions?.dryRun !== true) return
    setExecuteFn((args) => executeAsAsked(asked, async () => executeFn(args)))
  },
  onSubscribe({ args: { contextValue }, setResultAndStopExecution }) {
    if (contextValue.params.extensions?.dryRun !== true) return
    const message = 'A subscription changes nothing. Send it without extensions.dryRun.'
    setResultAndStopExecution({ errors: [refused(message)] })
  },
}
