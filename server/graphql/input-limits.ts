import { type ExecutionArgs, type GraphQLError, getOperationAST } from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import { operationTooComplex } from '#schema/errors.ts'
import { schema } from '#schema/index.ts'
import { findVariableFaults } from '#schema/variables.ts'
import { apiBounds, findExcess } from '../http/json-bounds.ts'
import { findDryRunFault } from './dry-run.ts'
import type { NodePlugin } from './node-plugin.ts'

/**
 * Limits variables and extensions. Their size is checked before anything reads them. The values of
 * variables are checked before execution, whose errors would repeat every invalid value in full.
 */
export const inputLimits: NodePlugin = {
  onParams({ params, setResult }) {
    const fault = findParamsFault(params)
    if (fault) setResult({ errors: [fault] })
  },
  onExecute({ args, setResultAndStopExecution }) {
    const errors = findFaults(args)
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const errors = findFaults(args)
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
}

/** Undefined: variables and extensions are within their bounds, and `dryRun` is true, false or absent. */
export function findParamsFault(params: GraphQLParams): GraphQLError | undefined {
  const { variables, extensions } = params
  const excess =
    findExcess('variables', variables, apiBounds) ?? findExcess('extensions', extensions, apiBounds)
  return excess === undefined ? findDryRunFault(params) : operationTooComplex(excess)
}

function findFaults({ document, operationName, variableValues }: ExecutionArgs): GraphQLError[] {
  const operation = getOperationAST(document, operationName)
  return operation ? findVariableFaults(schema, operation, variableValues ?? {}) : []
}
