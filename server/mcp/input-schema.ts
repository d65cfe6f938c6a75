import {
  type GraphQLInputField,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'
import { createLeafSchema, type JsonSchema, type ObjectSchema, orNull } from './json-schema.ts'

/** The part of an input field or argument that its JSON Schema depends on. */
type InputField = Pick<GraphQLInputField, 'name' | 'type' | 'description' | 'defaultValue'>

/** The schema of an object with exactly these fields. Their limits are in their descriptions. */
export function createInputSchema(fields: readonly InputField[]): ObjectSchema {
  const describe = ({ name, type, description }: InputField) => {
    return [name, { ...schemaOf(type), ...(description && { description }) }] as const
  }
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(describe)),
    required: fields.filter(isRequired).map(({ name }) => name),
    additionalProperties: false,
  }
}

function isRequired(field: InputField): boolean {
  return isRequiredInputField(field as GraphQLInputField)
}

function schemaOf(type: GraphQLInputType): JsonSchema {
  return isNonNullType(type) ? schemaOfPresent(type.ofType) : orNull(schemaOfPresent(type))
}

function schemaOfPresent(type: GraphQLInputType): JsonSchema {
  if (isListType(type)) return { type: 'array', items: schemaOf(type.ofType) }
  if (isInputObjectType(type)) return createInputSchema(Object.values(type.getFields()))
  return createLeafSchema(type)
}
