import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { errorCodes } from '#schema/errors.ts'
import { type JsonSchema, leafSchemaOf, type ObjectSchema, orNull } from './json-schema.ts'

const refusal: ObjectSchema = {
  type: 'object',
  properties: {
    message: { type: 'string' },
    code: { type: 'string', enum: [...errorCodes] },
    field: { type: 'string', description: 'The argument at fault.' },
  },
  required: ['message', 'code'],
}

/** What is selected of the type, or the refusal that came in its place. */
export function outputSchemaOf(
  type: GraphQLOutputType,
  selections?: SelectionSetNode,
): ObjectSchema {
  const { properties, required = [] } = schemaOfPresent(type, selections)
  return {
    type: 'object',
    properties: { ...properties, error: refusal },
    oneOf: [{ required }, { required: ['error'] }],
    additionalProperties: false,
  }
}

function selectionSchemaOf(
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
): ObjectSchema {
  const fields = selections.map((selection) => {
    const name = selection.kind === Kind.FIELD ? selection.name.value : ''
    const field = type.getFields()[name]
    if (selection.kind !== Kind.FIELD || !field) {
      throw new Error(`A tool selects something of ${type} that is no field of it.`)
    }
    return [name, schemaOf(field.type, selection.selectionSet)] as const
  })
  const names = fields.map(([name]) => name)
  return { type: 'object', properties: Object.fromEntries(fields), required: names }
}

function schemaOf(type: GraphQLOutputType, selections?: SelectionSetNode): JsonSchema {
  if (!isNonNullType(type)) return orNull(schemaOfPresent(type, selections))
  return schemaOfPresent(type.ofType, selections)
}

function schemaOfPresent(type: GraphQLOutputType, selections?: SelectionSetNode): JsonSchema {
  if (isListType(type)) return { type: 'array', items: schemaOf(type.ofType, selections) }
  if (isObjectType(type) && selections) return selectionSchemaOf(type, selections)
  if (isLeafType(type)) return leafSchemaOf(type)
  throw new Error(`JSON Schema has no words for ${type} yet.`)
}
