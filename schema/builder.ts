import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type { GraphQLResolveInfo } from 'graphql'
import type { Rule } from './access.ts'
import type { Context, Viewer, ViewerContext } from './context.ts'
import { accessDirectivesPlugin } from './directives.ts'
import { forbidden, unauthenticated } from './errors.ts'
import { combineNeeds, leastToAdd, listFieldNeeds, type Need } from './operation-needs.ts'
import { DateTime, LocalDate } from './scalars.ts'
import { hasScopes, type RequiredScopes } from './scopes.ts'

/** What every field builder knows: the context, the rules, and how they narrow the viewer. */
export type Types = {
  Context: Context
  AuthScopes: { public: true; authenticated: true; scopes: RequiredScopes }
  AuthContexts: { authenticated: ViewerContext; scopes: ViewerContext }
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Date: { Input: string; Output: string }
  }
}

export const builder = new SchemaBuilder<Types>({
  // In this order: scope-auth decides before any other plugin looks at arguments.
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
  // Fields only say what they cost: cost.ts adds it up, before anything runs.
  complexity: { disabled: true, defaultComplexity: 1, defaultListMultiplier: 100 },
  relay: {
    nodeQueryOptions: false, // ours ask the scope that the node's type needs: node.ts
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'Anything with an id of its own that `node` can find again.' },
    idFieldOptions: { description: 'The same for as long as the thing exists; opaque.' },
  },
})

/** The answer to a caller whom a rule keeps out, anywhere in an operation. */
export function refuse({ viewer, baseUrl }: Context, rule: Rule, operation: GraphQLResolveInfo) {
  if (!viewer || !('scopes' in rule)) return unauthenticated()
  const tokenUrl = tokenUrlOf(baseUrl, listFieldNeeds(operation), viewer)
  return forbidden({ required: rule.scopes, held: viewer.scopes, tokenUrl })
}

/** The page that makes a token with what all these needs ask for, and nothing else. */
export function tokenUrlOf(baseUrl: string, needs: Need[], viewer: Viewer | null): string {
  const scopes = leastToAdd(combineNeeds(needs), viewer?.scopes ?? [])
  return `${baseUrl}/developer?scopes=${scopes.join('+')}`
}

builder.addScalarType('DateTime', DateTime)
builder.addScalarType('Date', LocalDate)

builder.queryType({ description: 'Everything that can be asked; nothing here changes anything.' })
builder.mutationType({
  description:
    'Everything that can be changed. Each field is one transaction: it happens whole, or not at all.',
})
