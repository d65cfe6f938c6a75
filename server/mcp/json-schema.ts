import { type GraphQLEnumType, type GraphQLScalarType, isEnumType } from 'graphql'

/** As much of JSON Schema (2020-12) as the types of GraphQL come to. */
export type JsonSchema = {
  type?: string | string[]
  format?: string
  description?: string
  enum?: (string | null)[]
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  oneOf?: JsonSchema[]
  additionalProperties?: false
}

export type ObjectSchema = JsonSchema & { type: 'object'; properties: Record<string, JsonSchema> }

const scalars: Record<string, JsonSchema> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Int: { type: 'integer' },
  Boolean: { type: 'boolean' },
  Date: { type: 'string', format: 'date' },
  DateTime: { type: 'string', format: 'date-time' },
}

/** @throws Error for a scalar that nobody has described here yet. */
export function leafSchemaOf(type: GraphQLScalarType | GraphQLEnumType): JsonSchema {
  if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) }
  const scalar = scalars[type.name]
  if (!scalar) throw new Error(`JSON Schema has no words for ${type} yet: add them to scalars.`)
  return scalar
}

/** Of what GraphQL calls nullable. */
export function orNull({ type, ...rest }: JsonSchema): JsonSchema {
  const nullable = { type: [type ?? [], 'null'].flat(), ...rest }
  return nullable.enum ? { ...nullable, enum: [...nullable.enum, null] } : nullable
}
