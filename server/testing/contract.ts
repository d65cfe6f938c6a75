import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'

/** What a directive requires: a token, or any of these sets of scopes. */
export type Rule = 'authenticated' | string[][]

type Field = GraphQLField<unknown, unknown>

/** A protected field, and the path to it from the root, including the field. */
export type Place = {
  name: string
  rule: Rule
  path: Field[]
  operation: 'query' | 'mutation' | 'subscription'
}

/** Built from the committed SDL, independent of the code that enforces it. */
export const contract = buildSchema(
  readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'),
)

const roots = [contract.getQueryType(), contract.getMutationType(), contract.getSubscriptionType()]
export const rootFields = roots.flatMap((type) => (type ? fieldsOf(type) : []))

/** Every field with an access directive. */
export const places: Place[] = Object.values(contract.getTypeMap())
  .filter(isObjectType)
  .flatMap((type) => fieldsOf(type).flatMap((field) => placeOf(type, field) ?? []))

/** The scope of the person, which no program can be given. A copy, as the rest of the contract. */
export const accountScope = 'account'

/** Every scope that a directive names, except that of the person. */
export const grantableScopes = [
  ...new Set(places.flatMap(({ rule }) => (rule === 'authenticated' ? [] : rule.flat()))),
].filter((scope) => scope !== accountScope)

/** The scopes of the person. */
export const everyScope = [...grantableScopes, accountScope]

export function ruleOf({ astNode }: Field): Rule | undefined {
  const valuesOf = (name: string) => {
    const directive = contract.getDirective(name)
    return directive && astNode ? getDirectiveValues(directive, astNode) : undefined
  }
  const scopes = valuesOf('requiresScopes')?.scopes as string[][] | undefined
  return scopes ?? (valuesOf('authenticated') && 'authenticated')
}

/**
 * An operation that selects the place, with its required arguments made from their types. A field
 * that may answer any node gets the id of no node, because a node needs the scope of its own type.
 */
export function documentOf({ path, operation }: Place, taskId: string): string {
  const answersAnyNode = path.some(({ type }) => isAbstractType(getNamedType(type)))
  const id = answersAnyNode ? 'none' : taskId
  const selection = path.reduceRight((inner, { name, args, type }) => {
    const given = args
      .filter(isRequiredArgument)
      .map((arg) => `${arg.name}: ${literalOf(arg.type, id)}`)
    const nested = inner || (isCompositeType(getNamedType(type)) ? '__typename' : '')
    return `${name}${given.length > 0 ? `(${given})` : ''} ${nested && `{ ${nested} }`}`
  }, '')
  return `${operation} { ${selection} }`
}

function fieldsOf(type: GraphQLObjectType): Field[] {
  return Object.values(type.getFields())
}

function placeOf(type: GraphQLObjectType, field: Field): Place | undefined {
  const rule = ruleOf(field)
  if (!rule) return undefined
  const path = [...pathTo(type), field]
  return { name: `${type.name}.${field.name}`, rule, path, operation: operationOf(path) }
}

/** Named by the root type at which the path begins. */
function operationOf([first]: Field[]): Place['operation'] {
  const isOf = (type: (typeof roots)[number]) =>
    Object.values(type?.getFields() ?? {}).some((field) => field === first)
  if (isOf(contract.getMutationType())) return 'mutation'
  return isOf(contract.getSubscriptionType()) ? 'subscription' : 'query'
}

/** The root field that answers the type; undefined for a root type. */
function pathTo(type: GraphQLObjectType): Field[] {
  if (roots.includes(type)) return []
  const entry = rootFields.find((field) => getNamedType(field.type) === type)
  if (!entry) throw new Error(`No root field answers ${type.name}: extend pathTo.`)
  return [entry]
}

const literals: Record<string, string> = { String: '"Walk"', Int: '1', Boolean: 'true' }

/** Fields that are optional in the type, but not all of them may be left out. */
const neededToo: Record<string, string> = { UndoChangesInput: 'changeIds' }

function literalOf(type: GraphQLInputType, id: string): string {
  if (isNonNullType(type)) return literalOf(type.ofType, id)
  if (isListType(type)) return `[${literalOf(type.ofType, id)}]`
  if (isEnumType(type)) return String(type.getValues()[0]?.name)
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isRequiredInputField(field) || field.name === neededToo[type.name],
    )
    return `{ ${fields.map((field) => `${field.name}: ${literalOf(field.type, id)}`)} }`
  }
  const literal = type.name === 'ID' ? JSON.stringify(id) : literals[type.name]
  if (literal === undefined) throw new Error(`No literal for ${type.name}: add one to literals.`)
  return literal
}
