import {
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { parseRule, type Rule } from './access.ts'
import { hasScopes } from './scopes.ts'

/** What a caller must have. `scopes`: one of these sets. An empty set requires no scope. */
export type Need = { token: boolean; scopes: readonly (readonly string[])[] }

/** The need of a field, with its schema coordinate, such as `Query.tasks`. */
export type FieldNeed = Need & { coordinate: string }

/** An operation, with its schema and fragments. */
export type Operation = Pick<GraphQLResolveInfo, 'schema' | 'operation' | 'fragments'>

type FieldExtensions = { rule?: unknown; nodeRules?: unknown }

const nothing: Need = { token: false, scopes: [[]] }

export function needOf(rule: Rule): Need {
  if ('public' in rule) return nothing
  return { token: true, scopes: 'scopes' in rule ? rule.scopes : [[]] }
}

export function meetsNeed(held: readonly string[] | undefined, { token, scopes }: Need): boolean {
  return held ? hasScopes(held, scopes) : !token
}

/** The smallest sets of scopes that meet all needs. */
export function combineNeeds(needs: readonly Need[]): Need {
  return needs.reduce(
    (both, { token, scopes }) => ({
      token: both.token || token,
      scopes: smallest(
        both.scopes.flatMap((some) => scopes.map((more) => [...new Set([...some, ...more])])),
      ),
    }),
    nothing,
  )
}

/** The first set that adds the fewest scopes to those held. Empty if there is no set. */
export function leastToAdd(
  { scopes }: Pick<Need, 'scopes'>,
  held: readonly string[],
): readonly string[] {
  const added = (set: readonly string[]) => set.filter((scope) => !held.includes(scope)).length
  const [first = [], ...others] = scopes
  return others.reduce((least, set) => (added(set) < added(least) ? set : least), first)
}

function smallest(sets: string[][]): string[][] {
  return sets.filter((set, index) => {
    const isNoSmaller = (other: string[], at: number) =>
      at !== index &&
      other.every((scope) => set.includes(scope)) &&
      (other.length < set.length || at < index)
    return !sets.some(isNoSmaller)
  })
}

const cache = new WeakMap<OperationDefinitionNode, FieldNeed[]>()

/**
 * The needs of the fields of an operation that have a rule. Each field appears once, in the order of
 * the document. They come from the rules that are enforced. A field that a variable can skip counts.
 */
export function listFieldNeeds(request: Operation): FieldNeed[] {
  const known = cache.get(request.operation)
  if (known) return known
  const needs = collectFieldNeeds(request)
  cache.set(request.operation, needs)
  return needs
}

function collectFieldNeeds({ schema, operation, fragments }: Operation): FieldNeed[] {
  const found = new Map<string, FieldNeed>()
  // Each selection set is visited once per type: fragments that double each other would take too long.
  const visited = new Map<SelectionSetNode, Set<GraphQLObjectType>>()

  function visitAll(selections: SelectionSetNode, type: GraphQLObjectType): void {
    const types = visited.get(selections) ?? new Set()
    if (types.has(type)) return
    visited.set(selections, types.add(type))
    for (const selection of selections.selections) {
      if (!isLeftOut(selection)) visit(selection, type)
    }
  }

  function visit(selection: SelectionNode, type: GraphQLObjectType): void {
    if (selection.kind === Kind.FIELD) {
      const field = type.getFields()[selection.name.value]
      if (!field) return // introspection, which has no rule
      const need = needOfField(field.extensions)
      const coordinate = `${type.name}.${field.name}`
      if (need && !found.has(coordinate)) found.set(coordinate, { coordinate, ...need })
      for (const one of objectTypesOf(schema, field.type)) {
        if (selection.selectionSet) visitAll(selection.selectionSet, one)
      }
    } else {
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD
      const fragment = isSpread ? fragments[selection.name.value] : selection
      if (fragment && appliesTo(fragment, type, schema)) visitAll(fragment.selectionSet, type)
    }
  }

  const root = schema.getRootType(operation.operation)
  if (root) visitAll(operation.selectionSet, root)
  return [...found.values()]
}

/**
 * The need of a field. Undefined: it has no rule. A field that returns any type of node combines its
 * own rule with the rules of all types of node.
 */
export function needOfField({ rule, nodeRules }: FieldExtensions): Need | undefined {
  const own = parseRule(rule)
  if (!own) return undefined
  const ofNodes = typeof nodeRules === 'function' ? (nodeRules() as Rule[]) : []
  return combineNeeds([own, ...ofNodes].map(needOf))
}

function objectTypesOf(schema: GraphQLSchema, type: GraphQLOutputType) {
  const named = getNamedType(type)
  if (isAbstractType(named)) return schema.getPossibleTypes(named)
  return isObjectType(named) ? [named] : []
}

function appliesTo(
  { typeCondition }: FragmentDefinitionNode | InlineFragmentNode,
  type: GraphQLObjectType,
  schema: GraphQLSchema,
): boolean {
  const condition = typeCondition && schema.getType(typeCondition.name.value)
  if (!condition || condition === type) return true
  return isAbstractType(condition) && schema.isSubType(condition, type)
}

/** True for literal `@skip(if: true)` and `@include(if: false)`. */
function isLeftOut({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name, arguments: [condition] = [] }) => {
    const value = condition?.value
    return value?.kind === Kind.BOOLEAN && value.value === (name.value === 'skip')
  })
}
