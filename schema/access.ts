import type { RequiredScopes } from './scopes.ts'

/**
 * Who may use a field. Written once, in `t.withAuth(…)`: the enforcement, the narrowed viewer, the
 * directive in the SDL and the last line of the field's description all come from this value.
 */
export type Rule =
  | { readonly public: true }
  | { readonly authenticated: true }
  | { readonly scopes: RequiredScopes }

/** Anybody, also without a token. A root field must say so, else the schema does not build. */
export const everyone = { public: true } as const

export const anyViewer = { authenticated: true } as const

/** Who may change tasks may see them: a mutation answers with the task. */
export const readsTasks = { scopes: [['tasks:read'], ['tasks:write']] } as const

export const writesTasks = { scopes: [['tasks:write']] } as const

export const readsEmail = { scopes: [['email']] } as const

/** Narrows what is unknown, and refuses what the SDL could not say: a function, or two rules at once. */
export function parseRule(value: unknown): Rule | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const [kind, ...others] = Object.keys(value)
  if (others.length > 0) return undefined
  return kind === 'public' || kind === 'authenticated' || kind === 'scopes'
    ? (value as Rule)
    : undefined
}

/** The rule as directives, in the object form that printSchemaWithDirectives prints correctly. */
export function directivesOf(rule: Rule): Record<string, object> {
  if ('scopes' in rule) return { requiresScopes: { scopes: rule.scopes } }
  return 'authenticated' in rule ? { authenticated: {} } : {}
}

/** The rule in words: introspection does not show applied directives (GraphQL specification §4). */
export function sentenceOf(rule: Rule): string {
  if ('authenticated' in rule) return 'Requires a token.'
  if ('public' in rule) return 'Open to everyone.'
  const choices = rule.scopes.map((all) => all.join(' and '))
  const [only, ...others] = choices
  return others.length === 0 ? `Requires scope ${only}.` : `Requires scope ${choices.join(' or ')}.`
}
