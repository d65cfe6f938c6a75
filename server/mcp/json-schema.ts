import {
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { errorCodes } from '#schema/errors.ts'

/** The part of JSON Schema (2020-12) that GraphQL types need. */
type JsonSchema = {
  type?: string | string[]
  format?: string
  default?: boolean
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

/** The part of an input field or argument that its JSON Schema depends on. */
type InputField = Pick<GraphQLInputField, 'name' | 'type' | 'description' | 'defaultValue'>

/** The schema of an object with exactly these fields. Their limits are in their descriptions. */
export function createInputSchema(fields: readonly InputField[]): ObjectSchema {
  const describe = ({ name, type, description }: InputField) => {
    return [name, { ...createInputTypeSchema(type), ...(description && { description }) }] as const
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

function createInputTypeSchema(type: GraphQLInputType): JsonSchema {
  return isNonNullType(type)
    ? createNonNullInputSchema(type.ofType)
    : orNull(createNonNullInputSchema(type))
}

function createNonNullInputSchema(type: GraphQLInputType): JsonSchema {
  if (isListType(type)) return { type: 'array', items: createInputTypeSchema(type.ofType) }
  if (isInputObjectType(type)) return createInputSchema(Object.values(type.getFields()))
  return createLeafSchema(type)
}

const errorSchema: ObjectSchema = {
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
  const { properties, required = [] } = createNonNullOutputSchema(type, selections)
  return {
    type: 'object',
    properties: { ...properties, error: errorSchema },
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
    return [name, createOutputTypeSchema(field.type, selection.selectionSet)] as const
  })
  const names = fields.map(([name]) => name)
  return { type: 'object', properties: Object.fromEntries(fields), required: names }
}

function createOutputTypeSchema(
  type: GraphQLOutputType,
  selections?: SelectionSetNode,
): JsonSchema {
  if (!isNonNullType(type)) return orNull(createNonNullOutputSchema(type, selections))
  return createNonNullOutputSchema(type.ofType, selections)
}

function createNonNullOutputSchema(
  type: GraphQLOutputType,
  selections?: SelectionSetNode,
): JsonSchema {
  if (isListType(type))
    return { type: 'array', items: createOutputTypeSchema(type.ofType, selections) }
  if (isObjectType(type) && selections) return createSelectionSchema(type, selections)
  if (isLeafType(type)) return createLeafSchema(type)
  throw new Error(`The type ${type} has no JSON Schema.`)
}

/** @throws Error for a scalar that is missing in `scalars`. */
function createLeafSchema(type: GraphQLScalarType | GraphQLEnumType): JsonSchema {
  if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) }
  const scalar = scalars[type.name]
  if (!scalar) throw new Error(`The scalar ${type} has no JSON Schema. Add one to scalars.`)
  return scalar
}

/** The schema of a nullable type. */
function orNull({ type, ...rest }: JsonSchema): JsonSchema {
  const nullable = { type: [type ?? [], 'null'].flat(), ...rest }
  return nullable.enum ? { ...nullable, enum: [...nullable.enum, null] } : nullable
}
