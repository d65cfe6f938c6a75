import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin, { RequestCache } from '@pothos/plugin-scope-auth'
import type { GraphQLResolveInfo } from 'graphql'
import type { Rule } from './access.ts'
import type { Context, Viewer, ViewerContext } from './context.ts'
import { accessDirectivesPlugin } from './directives.ts'
import { forbidden, type Lack, unauthenticated } from './errors.ts'
import {
  combineNeeds,
  type FieldNeed,
  leastToAdd,
  listFieldNeeds,
  meetsNeed,
  type Need,
} from './operation-needs.ts'
import { DateTime, LocalDate } from './scalars.ts'
import { accountScope, grantableScopes, hasScopes, type RequiredScopes } from './scopes.ts'

/** The types of the builder: the context, the rules, and the context after each rule. */
export type Types = {
  Context: Context
  AuthScopes: { public: true; authenticated: true; scopes: RequiredScopes }
  AuthContexts: { authenticated: ViewerContext; scopes: ViewerContext }
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: string }
    Date: { Input: string; Output: string }
  }
}

export const builder = new SchemaBuilder<Types>({
  // The order matters: scope-auth runs before any other plugin reads arguments.
  plugins: [ScopeAuthPlugin, RelayPlugin, ComplexityPlugin, accessDirectivesPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: ({ viewer }) => ({
      public: true,
      authenticated: viewer !== null,
      scopes: (required) => viewer !== null && hasScopes(viewer.scopes, required),
    }),
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, context, info) =>
      refuse(context, info.parentType.getFields()[info.fieldName]?.extensions.rule as Rule, info),
  },
  // Fields only declare their cost. cost.ts computes the total before execution.
  complexity: { disabled: true, defaultComplexity: 1, defaultListMultiplier: 100 },
  relay: {
    nodeQueryOptions: false, // node.ts defines them, with the scopes of each type of node
    nodesQueryOptions: false,
    nodeTypeOptions: {
      description: 'An object with a global id. The `node` query returns it by that id.',
    },
    idFieldOptions: {
      description: 'The global id. Opaque. Stays the same as long as the object exists.',
    },
  },
})

/** The error for a caller that a rule refuses. */
export function refuse({ viewer, baseUrl }: Context, rule: Rule, operation: GraphQLResolveInfo) {
  if (!viewer || !('scopes' in rule)) return unauthenticated()
  const coordinate = `${operation.parentType.name}.${operation.fieldName}`
  const fields = listFieldNeeds(operation)
  return forbidden({ coordinate, required: rule.scopes, ...lackOf(viewer, fields, baseUrl) })
}

/** What the viewer lacks for an operation with these fields. */
export function lackOf(
  viewer: Viewer,
  fields: FieldNeed[],
  baseUrl: string,
): Pick<Lack, 'held' | 'missing' | 'refusedFields' | 'tokenUrl'> {
  const held = viewer.scopes
  const least = leastToAdd(combineNeeds(fields), held)
  return {
    held,
    missing: least.filter((scope) => !held.includes(scope)),
    refusedFields: fields
      .filter((field) => !meetsNeed(held, field))
      .map(({ coordinate, scopes }) => ({ coordinate, requiredScopes: scopes })),
    tokenUrl: least.includes(accountScope) ? undefined : tokenUrlOf(baseUrl, fields, viewer),
  }
}

/** The URL of the page that creates a token with only the scopes that the needs require. */
export function tokenUrlOf(baseUrl: string, needs: Need[], viewer: Viewer | null): string {
  const least = leastToAdd(combineNeeds(needs), viewer?.scopes ?? [])
  const scopes = least.filter((scope) => grantableScopes.includes(scope))
  return `${baseUrl}/developer?scopes=${scopes.join('+')}`
}

builder.addScalarType('DateTime', DateTime)
builder.addScalarType('Date', LocalDate)

builder.queryType({ description: 'Reads data. A query changes nothing.' })
builder.mutationType({
  description:
    'Changes data. Each field is one transaction: it takes effect completely or not at all.',
})

/**
 * Drops what the rules cached for a context. Call it when its operation has ended. Pothos caches in
 * a WeakMap, with a value that refers to the key. V8 frees such a pair in its full collections only,
 * so everything that the context refers to would be copied by two small collections and promoted
 * (docs/decisions/0048-requests-are-collected-young.md).
 */
export function dropRules(context: Context): void {
  RequestCache.clearForContext(context)
}
