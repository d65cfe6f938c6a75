import {
  type GraphQLInputField,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'
import { type JsonSchema, leafSchemaOf, type ObjectSchema, orNull } from './json-schema.ts'

/** What of a field or an argument a schema is made from. */
type Described = Pick<GraphQLInputField, 'name' | 'type' | 'description' | 'defaultValue'>

/** The fields as an object that has nothing else. Their limits stand in their descriptions. */
export function inputSchemaOf(fields: readonly Described[]): ObjectSchema {
  const describe = ({ name, type, description }: Described) => {
    return [name, { ...schemaOf(type), ...(description && { description }) }] as const
  }
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(describe)),
    required: fields.filter(isRequired).map(({ name }) => name),
    additionalProperties: false,
  }
}

function isRequired(field: Described): boolean {
  return isRequiredInputField(field as GraphQLInputField)
}

function schemaOf(type: GraphQLInputType): JsonSchema {
  return isNonNullType(type) ? schemaOfPresent(type.ofType) : orNull(schemaOfPresent(type))
}

function schemaOfPresent(type: GraphQLInputType): JsonSchema {
  if (isListType(type)) return { type: 'array', items: schemaOf(type.ofType) }
  if (isInputObjectType(type)) return inputSchemaOf(Object.values(type.getFields()))
  return leafSchemaOf(type)
}
