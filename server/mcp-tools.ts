import {
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql'
import { combineNeeds, listFieldNeeds, type Need } from '#schema/operation-needs.ts'
import { type ObjectSchema, objectSchemaOf } from './mcp-input-schema.ts'
import { type ToolName, type ToolOperation, toolOperations } from './mcp-operations.ts'

/** A tool is an operation of the API under a name of its own. */
export type Tool = {
  name: ToolName
  title: string
  /** That of the field which the operation asks, with the rule in words. */
  description: string
  document: string
  inputSchema: ObjectSchema
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

function createTool(schema: GraphQLSchema, name: ToolName): Tool {
  const {
    title,
    document,
    destroys = false,
    repeatable = false,
  }: ToolOperation = toolOperations[name]
  const operation = operationIn(document)
  const field = rootFieldOf(schema, operation)
  const isMutation = operation.operation === 'mutation'
  const [input] = field.args.map(({ type }) => getNamedType(type))
  const takesInput = isMutation && isInputObjectType(input)
  const fields = takesInput ? Object.values(input.getFields()) : argumentsOf(field, operation)
  return {
    name,
    title,
    description: field.description ?? title,
    document,
    inputSchema: objectSchemaOf(fields),
    need: combineNeeds(listFieldNeeds({ schema, operation, fragments: {} })),
    isMutation,
    takesInput,
    annotations: {
      readOnlyHint: !isMutation,
      destructiveHint: destroys,
      idempotentHint: repeatable || !isMutation,
      openWorldHint: false,
    },
  }
}

function operationIn(document: string): OperationDefinitionNode {
  const [operation] = parse(document).definitions
  if (operation?.kind === Kind.OPERATION_DEFINITION) return operation
  throw new Error(`This begins with no operation: ${document}`)
}

function rootFieldOf(
  schema: GraphQLSchema,
  { operation, selectionSet }: OperationDefinitionNode,
): GraphQLField<unknown, unknown> {
  const [selection] = selectionSet.selections
  const name = selection?.kind === Kind.FIELD ? selection.name.value : ''
  const field = schema.getRootType(operation)?.getFields()[name]
  if (!field) throw new Error(`The schema has no ${operation} "${name}".`)
  return field
}

/** Those that the operation hands on, each as a variable of its own name. */
function argumentsOf({ args }: GraphQLField<unknown, unknown>, operation: OperationDefinitionNode) {
  const variables = operation.variableDefinitions?.map(({ variable }) => variable.name.value)
  return args.filter(({ name }) => variables?.includes(name))
}
