import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  type DocumentNode,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import { schema } from './index.ts'

/** The cost of each introspection field. Its response is about as large as this many fields. */
const introspectionCost = 500
const maxCached = 100

export type OperationRequest = {
  document: DocumentNode
  operationName?: string | null
  variables?: Readonly<Record<string, unknown>> | null
}

const cache = new WeakMap<DocumentNode, Map<string, number>>()

/**
 * The cost of an operation, computed before it runs. A field costs 1, a list multiplies by its
 * maximum length, and a mutation costs 300. Undefined: the operation does not exist, or a variable
 * has a wrong value. Execution then reports that error and does nothing else.
 */
export function costOf(request: OperationRequest): number | undefined {
  const operation = getOperationAST(request.document, request.operationName)
  if (!operation) return undefined
  const known = cache.get(request.document) ?? new Map<string, number>()
  cache.set(request.document, known)
  const key = keyOf(operation, request.variables)
  const cost = known.get(key) ?? estimate(operation, request)
  if (known.size >= maxCached) known.clear()
  if (cost !== undefined) known.set(key, cost)
  return cost
}

/** The cost depends only on the numbers and the lengths of lists in the variables. */
function keyOf(
  { name, variableDefinitions }: OperationDefinitionNode,
  variables: OperationRequest['variables'],
) {
  const sizes = variableDefinitions?.map(({ variable }) => sizeOf(variables?.[variable.name.value]))
  return [name?.value, ...(sizes ?? [])].join(' ')
}

function sizeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.length}]`
  return typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value
}

function estimate(
  operation: OperationDefinitionNode,
  { document, variables }: OperationRequest,
): number | undefined {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  const alone: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] }
  const given = { ...variables }
  const definitions = operation.variableDefinitions ?? []
  if (getVariableValues(schema, definitions, given, { maxErrors: 1 }).errors) return undefined
  const { complexity } = complexityFromQuery(alone, { schema, variables: given })
  return complexity + introspectionCost * countIntrospections(alone)
}

function countIntrospections(document: DocumentNode): number {
  let count = 0
  visit(document, {
    Field: ({ name: { value } }) => {
      if (value === '__schema' || value === '__type') count++
    },
  })
  return count
}
