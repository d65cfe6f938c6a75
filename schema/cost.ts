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

/** What introspection costs, each time it is asked for: the answer is about as large as this many fields. */
const introspectionCost = 500
const maxRemembered = 100

export type OperationRequest = {
  document: DocumentNode
  operationName?: string | null
  variables?: Readonly<Record<string, unknown>> | null
}

const remembered = new WeakMap<DocumentNode, Map<string, number>>()

/**
 * What an operation costs, known before it runs: every field is 1, a list as often as it can be
 * long, a write 300. Undefined when there is no such operation, or a variable does not fit:
 * executing it will say so, and do nothing else.
 */
export function costOf(request: OperationRequest): number | undefined {
  const operation = getOperationAST(request.document, request.operationName)
  if (!operation) return undefined
  const known = remembered.get(request.document) ?? new Map<string, number>()
  remembered.set(request.document, known)
  const key = keyOf(operation, request.variables)
  const cost = known.get(key) ?? estimate(operation, request)
  if (known.size >= maxRemembered) known.clear()
  if (cost !== undefined) known.set(key, cost)
  return cost
}

/** The cost of a document differs only with numbers, and with the lengths of lists. */
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
