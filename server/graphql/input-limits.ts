import { type ExecutionArgs, type GraphQLError, getOperationAST } from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import { operationTooComplex } from '#schema/errors.ts'
import { schema } from '#schema/index.ts'
import { findVariableFaults } from '#schema/variables.ts'
import { apiBounds, findExcess } from '../http/json-bounds.ts'
import type { NodePlugin } from './node-plugin.ts'

/**
 * Limits variables and extensions. Their size is checked before anything reads them. The values of
 * variables are checked before execution, whose errors would repeat every invalid value in full.
 */
export const inputLimits: NodePlugin = {
  onParams({ params, setResult }) {
    const excess = findExcessIn(params)
    if (excess !== undefined) setResult({ errors: [operationTooComplex(excess)] })
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

function findExcessIn({ variables, extensions }: GraphQLParams): string | undefined {
  return (
    findExcess('variables', variables, apiBounds) ?? findExcess('extensions', extensions, apiBounds)
  )
}

function findFaults({ document, operationName, variableValues }: ExecutionArgs): GraphQLError[] {
  const operation = getOperationAST(document, operationName)
  return operation ? findVariableFaults(schema, operation, variableValues ?? {}) : []
}
