import {
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'

/** As much of JSON Schema (2020-12) as GraphQL's input types come to. */
export type JsonSchema = {
  type?: string | string[]
  format?: string
  description?: string
  enum?: (string | null)[]
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: false
}

export type ObjectSchema = JsonSchema & { type: 'object'; properties: Record<string, JsonSchema> }

/** What of a field or an argument a schema is made from. */
type Described = Pick<GraphQLInputField, 'name' | 'type' | 'description' | 'defaultValue'>

const scalars: Record<string, JsonSchema> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Int: { type: 'integer' },
  Boolean: { type: 'boolean' },
  Date: { type: 'string', format: 'date' },
  DateTime: { type: 'string', format: 'date-time' },
}

/** The fields as an object that has nothing else. Their limits stand in their descriptions. */
export function objectSchemaOf(fields: readonly Described[]): ObjectSchema {
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

/** @throws Error for a scalar that nobody has described here yet. */
function schemaOf(type: GraphQLInputType): JsonSchema {
  return isNonNullType(type) ? schemaOfPresent(type.ofType) : orNull(schemaOfPresent(type))
}

function schemaOfPresent(type: GraphQLInputType): JsonSchema {
  if (isListType(type)) return { type: 'array', items: schemaOf(type.ofType) }
  if (isInputObjectType(type)) return objectSchemaOf(Object.values(type.getFields()))
  if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) }
  const scalar = scalars[type.toString()]
  if (!scalar) throw new Error(`JSON Schema has no words for ${type} yet: add them to scalars.`)
  return scalar
}

function orNull({ type, ...rest }: JsonSchema): JsonSchema {
  const nullable = { type: [type ?? [], 'null'].flat(), ...rest }
  return nullable.enum ? { ...nullable, enum: [...nullable.enum, null] } : nullable
}
