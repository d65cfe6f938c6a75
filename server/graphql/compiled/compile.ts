import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLUnionType,
  getArgumentValues,
  getOperationAST,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql'

/** A valid operation, prepared once for many executions. */
export type CompiledOperation = {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  fragments: Record<string, FragmentDefinitionNode>
  fields: CompiledField[]
  /** Of all levels. A fragment counts where it is used, and once for each type that it may be on. */
  fieldCount: number
}

/** A field of a response, with all nodes of the document that select it. */
export type CompiledField = {
  responseKey: string
  nodes: [FieldNode, ...FieldNode[]]
  parentType: GraphQLObjectType
  definition: GraphQLField<unknown, unknown>
  resolve: GraphQLFieldResolver<unknown, unknown>
  argumentsFor: (variables: Variables) => Record<string, unknown>
  shape: Shape
}

export type Variables = Record<string, unknown>

/** How a resolved value becomes a part of the response. */
export type Shape = { type: GraphQLOutputType; isNullable: boolean } & (
  | { kind: 'leaf'; leaf: GraphQLLeafType }
  | { kind: 'list'; item: Shape }
  | { kind: 'object'; fields: CompiledField[] }
  | {
      kind: 'abstract'
      abstract: AbstractType
      fieldsOf: (type: GraphQLObjectType) => CompiledField[]
    }
)

type AbstractType = GraphQLInterfaceType | GraphQLUnionType

/** The document uses something that only the complete executor supports. */
class Unsupported extends Error {}

/**
 * Compiles an operation of a valid document. Undefined: it has a feature that is rare and would make
 * the executor larger: a subscription, introspection, @skip or @include, or an unknown operation.
 */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): CompiledOperation | undefined {
  const operation = getOperationAST(document, operationName)
  if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return undefined
  const rootType = schema.getRootType(operation.operation)
  if (!rootType) return undefined
  const fragments = listFragments(document)
  try {
    const compiler = createCompiler(schema, fragments)
    const fields = compiler.compileFields(rootType, [operation.selectionSet])
    return { schema, document, operation, fragments, fields, fieldCount: compiler.count() }
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

function listFragments({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}

function createCompiler(schema: GraphQLSchema, fragments: Record<string, FragmentDefinitionNode>) {
  let count = 0

  /** The fields that the selection sets select on an object type (GraphQL specification §6.3.2). */
  function compileFields(type: GraphQLObjectType, sets: SelectionSetNode[]): CompiledField[] {
    const selected = new Map<string, FieldNode[]>()
    const visitedFragments = new Set<string>()

    function collect({ selections }: SelectionSetNode): void {
      for (const selection of selections) {
        if (selection.directives?.length) throw new Unsupported()
        if (selection.kind === Kind.FIELD) {
          const key = selection.alias?.value ?? selection.name.value
          selected.set(key, [...(selected.get(key) ?? []), selection])
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (isOn(selection.typeCondition?.name.value)) collect(selection.selectionSet)
        } else {
          const { value: name } = selection.name
          const fragment = fragments[name]
          if (!fragment || visitedFragments.has(name)) continue
          visitedFragments.add(name)
          if (isOn(fragment.typeCondition.name.value)) collect(fragment.selectionSet)
        }
      }
    }

    function isOn(condition: string | undefined): boolean {
      if (condition === undefined || condition === type.name) return true
      const general = schema.getType(condition)
      return isAbstractType(general) && schema.isSubType(general, type)
    }

    sets.forEach(collect)
    return [...selected].map(([key, [first, ...others]]) => {
      if (!first) throw new Unsupported()
      return compileField(type, key, [first, ...others])
    })
  }

  function compileField(
    parentType: GraphQLObjectType,
    responseKey: string,
    nodes: CompiledField['nodes'],
  ): CompiledField {
    count++
    const [node] = nodes
    const definition =
      node.name.value === TypeNameMetaFieldDef.name
        ? typenameOf(parentType)
        : parentType.getFields()[node.name.value]
    if (!definition) throw new Unsupported() // __schema and __type
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    return {
      responseKey,
      nodes,
      parentType,
      definition,
      resolve: definition.resolve ?? ((parent) => readProperty(parent, definition.name)),
      argumentsFor: compileArguments(definition, node),
      shape: compileShape(definition.type, sets),
    }
  }

  function compileShape(type: GraphQLOutputType, sets: SelectionSetNode[]): Shape {
    if (isNonNullType(type)) return { ...compileShape(type.ofType, sets), type, isNullable: false }
    const base = { type, isNullable: true }
    if (isListType(type)) return { ...base, kind: 'list', item: compileShape(type.ofType, sets) }
    if (isLeafType(type)) return { ...base, kind: 'leaf', leaf: type }
    if (type instanceof GraphQLObjectType) {
      return { ...base, kind: 'object', fields: compileFields(type, sets) }
    }
    const known = new Map<GraphQLObjectType, CompiledField[]>()
    const possible = schema.getPossibleTypes(type)
    for (const one of possible) known.set(one, compileFields(one, sets))
    const fieldsOf = (one: GraphQLObjectType) => known.get(one) ?? []
    return { ...base, kind: 'abstract', abstract: type, fieldsOf }
  }

  return { compileFields, count: () => count }
}

function typenameOf({ name }: GraphQLObjectType): GraphQLField<unknown, unknown> {
  return { ...TypeNameMetaFieldDef, resolve: () => name }
}

function readProperty(parent: unknown, name: string): unknown {
  return parent instanceof Object ? (parent as Record<string, unknown>)[name] : undefined
}

const noArguments: Record<string, unknown> = {}

function compileArguments(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
): CompiledField['argumentsFor'] {
  if (definition.args.length === 0) return () => noArguments
  return (variables) => getArgumentValues(definition, node, variables)
}

/** The error of a field without a value whose type allows no null. */
export function missingValue({ parentType, definition }: CompiledField): GraphQLError {
  const place = `${parentType.name}.${definition.name}`
  return new GraphQLError(`Cannot return null for non-nullable field ${place}.`)
}
