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

/** What a caller must bring. `scopes`: any of these sets; one that is empty asks for none. */
export type Need = { token: boolean; scopes: readonly (readonly string[])[] }

/** What a field asks for, by its coordinate in the schema, such as `Query.tasks`. */
export type FieldNeed = Need & { coordinate: string }

/** An operation, with all that it refers to. */
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

/** What is enough for all of them, in sets of scopes that are as small as can be. */
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

/** Of sets that would do, the one that adds least to what is held; the first of several. Empty if none would. */
export function leastToAdd({ scopes }: Need, held: readonly string[]): readonly string[] {
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

const remembered = new WeakMap<OperationDefinitionNode, FieldNeed[]>()

/**
 * The fields of an operation that have a rule, each once, in the order of the document, with what
 * the rule asks for: read from the value that is enforced. A field that a variable may skip counts.
 */
export function listFieldNeeds(request: Operation): FieldNeed[] {
  const known = remembered.get(request.operation)
  if (known) return known
  const needs = walkFields(request)
  remembered.set(request.operation, needs)
  return needs
}

function walkFields({ schema, operation, fragments }: Operation): FieldNeed[] {
  const found = new Map<string, FieldNeed>()
  // Each selection is walked once for a type: fragments may double each other without end.
  const walked = new Map<SelectionSetNode, Set<GraphQLObjectType>>()

  function walk(selections: SelectionSetNode, type: GraphQLObjectType): void {
    const types = walked.get(selections) ?? new Set()
    if (types.has(type)) return
    walked.set(selections, types.add(type))
    for (const selection of selections.selections) {
      if (!isLeftOut(selection)) visit(selection, type)
    }
  }

  function visit(selection: SelectionNode, type: GraphQLObjectType): void {
    if (selection.kind === Kind.FIELD) {
      const field = type.getFields()[selection.name.value]
      if (!field) return // introspection, which is open to everyone
      const need = needOfField(field.extensions)
      const coordinate = `${type.name}.${field.name}`
      if (need && !found.has(coordinate)) found.set(coordinate, { coordinate, ...need })
      for (const one of objectTypesOf(schema, field.type)) {
        if (selection.selectionSet) walk(selection.selectionSet, one)
      }
    } else {
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD
      const fragment = isSpread ? fragments[selection.name.value] : selection
      if (fragment && appliesTo(fragment, type, schema)) walk(fragment.selectionSet, type)
    }
  }

  const root = schema.getRootType(operation.operation)
  if (root) walk(operation.selectionSet, root)
  return [...found.values()]
}

/**
 * What is written on a field; undefined: it has no rule of its own. One that answers any node asks,
 * beyond its own rule, for what each type of node asks for.
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

/** `@skip(if: true)` or `@include(if: false)`, written out. */
function isLeftOut({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name, arguments: [condition] = [] }) => {
    const value = condition?.value
    return value?.kind === Kind.BOOLEAN && value.value === (name.value === 'skip')
  })
}
