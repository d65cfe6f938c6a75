import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql'
import { combineNeeds, listFieldNeeds, type Need } from '#schema/operation-needs.ts'
import { inputSchemaOf } from './input-schema.ts'
import type { ObjectSchema } from './json-schema.ts'
import { type ToolName, type ToolOperation, toolOperations } from './operations.ts'
import { outputSchemaOf } from './output-schema.ts'

/** A tool is an operation of the API under a name of its own. */
export type Tool = {
  name: ToolName
  title: string
  /** That of the field which the operation asks, with the rule in words. */
  description: string
  document: string
  inputSchema: ObjectSchema
  outputSchema: ObjectSchema
  /** What a token has to hold for all of the operation, read from the rules that are enforced. */
  need: Need
  isMutation: boolean
  /** Whether it takes the fields of the one input of a mutation for its arguments. */
  takesInput: boolean
  annotations: Annotations
}

type Annotations = {
  readOnlyHint: boolean
  destructiveHint: boolean
  idempotentHint: boolean
  openWorldHint: false
}

/** Everything about a tool that the schema knows is taken from there. */
export function createTools(schema: GraphQLSchema): Map<string, Tool> {
  const names = Object.keys(toolOperations) as ToolName[]
  return new Map(names.map((name) => [name, createTool(schema, name)]))
}

/** Every scope that some tool asks for: what an assistant has a use for. */
export function scopesOfTools(schema: GraphQLSchema): string[] {
  const needs = [...createTools(schema).values()].map(({ need }) => need)
  return [...new Set(needs.flatMap(({ scopes }) => scopes.flat()))].sort()
}

function createTool(schema: GraphQLSchema, name: ToolName): Tool {
  const { title, document, ...hints }: ToolOperation = toolOperations[name]
  const operation = operationIn(document)
  const { type, field, selection } = rootOf(schema, operation)
  const isMutation = operation.operation === 'mutation'
  const input = isMutation ? inputOf(field) : undefined
  return {
    name,
    title,
    description: field.description ?? title,
    document,
    inputSchema: inputSchemaOf(input ?? argumentsOf(field, operation)),
    // Of a mutation its payload is told, of a query all that it answers.
    outputSchema: isMutation
      ? outputSchemaOf(getNullableType(field.type), selection.selectionSet)
      : outputSchemaOf(type, operation.selectionSet),
    need: combineNeeds(listFieldNeeds({ schema, operation, fragments: {} })),
    isMutation,
    takesInput: input !== undefined,
    annotations: annotationsOf(isMutation, hints),
  }
}

function annotationsOf(
  isMutation: boolean,
  { destroys = false, repeatable = false }: Pick<ToolOperation, 'destroys' | 'repeatable'>,
): Annotations {
  return {
    readOnlyHint: !isMutation,
    destructiveHint: destroys,
    idempotentHint: repeatable || !isMutation,
    openWorldHint: false,
  }
}

function operationIn(document: string): OperationDefinitionNode {
  const [operation] = parse(document).definitions
  if (operation?.kind === Kind.OPERATION_DEFINITION) return operation
  throw new Error(`This begins with no operation: ${document}`)
}

/** The one thing that the operation asks for, and its field in the schema. */
function rootOf(schema: GraphQLSchema, { operation, selectionSet }: OperationDefinitionNode) {
  const [selection] = selectionSet.selections
  const type = schema.getRootType(operation)
  const name = selection?.kind === Kind.FIELD ? selection.name.value : ''
  const field = type?.getFields()[name]
  if (selection?.kind !== Kind.FIELD || !type || !field) {
    throw new Error(`The schema has no ${operation} "${name}".`)
  }
  return { type, field, selection }
}

/** The fields of the one input that a mutation takes; undefined: it takes none. */
function inputOf({ args }: GraphQLField<unknown, unknown>): GraphQLInputField[] | undefined {
  const [type] = args.map((arg) => getNullableType(arg.type))
  return isInputObjectType(type) ? Object.values(type.getFields()) : undefined
}

/** Those that the operation hands on, each as a variable of its own name. */
function argumentsOf({ args }: GraphQLField<unknown, unknown>, operation: OperationDefinitionNode) {
  const variables = operation.variableDefinitions?.map(({ variable }) => variable.name.value)
  return args.filter(({ name }) => variables?.includes(name))
}
