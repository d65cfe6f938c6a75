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
import { createLeafSchema, type JsonSchema, type ObjectSchema, orNull } from './json-schema.ts'

const refusal: ObjectSchema = {
  type: 'object',
  properties: {
    message: { type: 'string' },
    code: { type: 'string', enum: [...errorCodes] },
    field: { type: 'string', description: 'The argument that the error is about.' },
  },
  required: ['message', 'code'],
}

/** The selected fields of the type, or an error instead of them. */
export function createOutputSchema(
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

function createSelectionSchema(
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
): ObjectSchema {
  const fields = selections.map((selection) => {
    const name = selection.kind === Kind.FIELD ? selection.name.value : ''
    const field = type.getFields()[name]
    if (selection.kind !== Kind.FIELD || !field) {
      throw new Error(`A tool selects something of ${type} that is not one of its fields.`)
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
  if (isObjectType(type) && selections) return createSelectionSchema(type, selections)
  if (isLeafType(type)) return createLeafSchema(type)
  throw new Error(`The type ${type} has no JSON Schema.`)
}
