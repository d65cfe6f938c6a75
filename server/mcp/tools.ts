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
import { combineNeeds, type FieldNeed, listFieldNeeds, type Need } from '#schema/operation-needs.ts'
import { type Annotations, annotate } from './annotations.ts'
import { withDryRunArgument, withDryRunMember } from './dry-run.ts'
import { createInputSchema, createOutputSchema, type ObjectSchema } from './json-schema.ts'
import { type ToolName, type ToolOperation, toolOperations } from './operations.ts'

/** A tool is an operation of the API with a name. */
export type Tool = {
  name: ToolName
  title: string
  /** The description of the operation's root field, which includes its access rule. */
  description: string
  document: string
  inputSchema: ObjectSchema
  outputSchema: ObjectSchema
  /** The scopes that the whole operation needs, derived from the access rules of the schema. */
  need: Need
  /** The fields of the operation that have a rule. The first is the root field. */
  fields: FieldNeed[]
  isMutation: boolean
  /** Whether its arguments, except `dryRun`, are the fields of the mutation's `input`. */
  takesInput: boolean
  annotations: Annotations
}

/** Creates all tools. The schema supplies their descriptions, arguments, results and scopes. */
export function createTools(schema: GraphQLSchema): Map<string, Tool> {
  const names = Object.keys(toolOperations) as ToolName[]
  return new Map(names.map((name) => [name, createTool(schema, name)]))
}

/** Lists the scopes that at least one tool needs. */
export function listToolScopes(schema: GraphQLSchema): string[] {
  const needs = [...createTools(schema).values()].map(({ need }) => need)
  return [...new Set(needs.flatMap(({ scopes }) => scopes.flat()))].sort()
}

function createTool(schema: GraphQLSchema, name: ToolName): Tool {
  const { title, document }: ToolOperation = toolOperations[name]
  const operation = parseOperation(document)
  const { type, field, selection } = findRootField(schema, operation)
  const fields = listFieldNeeds({ schema, operation, fragments: {} })
  const isMutation = operation.operation === 'mutation'
  const input = isMutation ? listInputFields(field) : undefined
  const need = combineNeeds(fields)
  const inputSchema = createInputSchema(input ?? listArguments(field, operation))
  return {
    name,
    title,
    description: field.description ?? title,
    document,
    inputSchema: isMutation ? withDryRunArgument(inputSchema) : inputSchema,
    // A mutation's tool returns its payload, a query's tool the whole data.
    outputSchema: isMutation
      ? withDryRunMember(createOutputSchema(getNullableType(field.type), selection.selectionSet))
      : createOutputSchema(type, operation.selectionSet),
    need,
    fields,
    isMutation,
    takesInput: input !== undefined,
    annotations: annotate({ isMutation, need, input }),
  }
}

function parseOperation(document: string): OperationDefinitionNode {
  const [operation] = parse(document).definitions
  if (operation?.kind === Kind.OPERATION_DEFINITION) return operation
  throw new Error(`The document does not begin with an operation: ${document}`)
}

/** The only root field of the operation, its definition and the root type. */
function findRootField(
  schema: GraphQLSchema,
  { operation, selectionSet }: OperationDefinitionNode,
) {
  const [selection] = selectionSet.selections
  const type = schema.getRootType(operation)
  const name = selection?.kind === Kind.FIELD ? selection.name.value : ''
  const field = type?.getFields()[name]
  if (selection?.kind !== Kind.FIELD || !type || !field) {
    throw new Error(`The schema has no ${operation} "${name}".`)
  }
  return { type, field, selection }
}

/** The fields of a mutation's `input`. Undefined: it has none. */
function listInputFields({
  args,
}: GraphQLField<unknown, unknown>): GraphQLInputField[] | undefined {
  const [type] = args.map((arg) => getNullableType(arg.type))
  return isInputObjectType(type) ? Object.values(type.getFields()) : undefined
}

/** The arguments that the operation passes on, each in a variable of the same name. */
function listArguments(
  { args }: GraphQLField<unknown, unknown>,
  operation: OperationDefinitionNode,
) {
  const variables = operation.variableDefinitions?.map(({ variable }) => variable.name.value)
  return args.filter(({ name }) => variables?.includes(name))
}
