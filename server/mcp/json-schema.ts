import { type GraphQLEnumType, type GraphQLScalarType, isEnumType } from 'graphql'

/** The part of JSON Schema (2020-12) that GraphQL types need. */
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

/** @throws Error for a scalar that is missing in `scalars`. */
export function createLeafSchema(type: GraphQLScalarType | GraphQLEnumType): JsonSchema {
  if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) }
  const scalar = scalars[type.name]
  if (!scalar) throw new Error(`The scalar ${type} has no JSON Schema. Add one to scalars.`)
  return scalar
}

/** The schema of a nullable type. */
export function orNull({ type, ...rest }: JsonSchema): JsonSchema {
  const nullable = { type: [type ?? [], 'null'].flat(), ...rest }
  return nullable.enum ? { ...nullable, enum: [...nullable.enum, null] } : nullable
}
