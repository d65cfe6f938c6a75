import { type GraphQLInputField, isNonNullType, isRequiredInputField } from 'graphql'
import type { Need } from '#schema/operation-needs.ts'
import type { Scope } from '#schema/scopes.ts'

/** What a client may show or ask before it calls a tool (ToolAnnotations of MCP). */
export type Annotations = {
  readOnlyHint: boolean
  destructiveHint: boolean
  idempotentHint: boolean
  openWorldHint: false
}

type Operation = {
  isMutation: boolean
  need: Need
  /** The fields of a mutation's `input`. Undefined: it has none. */
  input: readonly GraphQLInputField[] | undefined
}

/** Scopes that allow nothing but deleting, or what only the person may do. */
const deletingScopes: readonly string[] = ['tasks:delete', 'account'] satisfies Scope[]

/**
 * Derives the annotations from what the schema says about the operation, so that they hold for every
 * field: a query only reads. A mutation destroys if it needs a scope that deletes, or if it writes
 * new values over those of a task that its `id` names. One that names its task sets a state, so
 * repeating it has no further effect.
 */
export function annotate({ isMutation, need, input = [] }: Operation): Annotations {
  const names = input.some(({ name, type }) => name === 'id' && isNonNullType(type))
  const overwrites = names && input.some((field) => !isRequiredInputField(field))
  return {
    readOnlyHint: !isMutation,
    destructiveHint: isMutation && (needsToDelete(need) || overwrites),
    idempotentHint: !isMutation || names,
    openWorldHint: false,
  }
}

function needsToDelete({ scopes }: Need): boolean {
  return scopes.every((all) => all.some((scope) => deletingScopes.includes(scope)))
}
