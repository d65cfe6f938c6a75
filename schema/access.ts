import type { RequiredScopes } from './scopes.ts'

/**
 * Who may use a field. It is written once, in `t.withAuth(…)`. The enforcement, the type of the
 * viewer, the directive in the SDL and the last line of the description come from this value.
 */
export type Rule =
  | { readonly public: true }
  | { readonly authenticated: true }
  | { readonly scopes: RequiredScopes }

/** No token is needed. A root field without any rule fails to build. */
export const everyone = { public: true } as const

export const anyViewer = { authenticated: true } as const

/** tasks:write includes reading, because a mutation returns the task. */
export const readsTasks = { scopes: [['tasks:read'], ['tasks:write']] } as const

export const createsTasks = { scopes: [['tasks:create'], ['tasks:write']] } as const

export const writesTasks = { scopes: [['tasks:write']] } as const

export const deletesTasks = { scopes: [['tasks:delete']] } as const

/** A program may take its own deletion back. */
export const restoresTasks = { scopes: [['tasks:write'], ['tasks:delete']] } as const

/** The person alone, with a first-party token. */
export const onlyPerson = { scopes: [['account']] } as const

export const readsEmail = { scopes: [['email']] } as const

/** Undefined: the value is not a rule that the SDL can express, such as a function or two rules. */
export function parseRule(value: unknown): Rule | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const [kind, ...others] = Object.keys(value)
  if (others.length > 0) return undefined
  return kind === 'public' || kind === 'authenticated' || kind === 'scopes'
    ? (value as Rule)
    : undefined
}

/** The rule as directives, in the object form that printSchemaWithDirectives expects. */
export function directivesOf(rule: Rule): Record<string, object> {
  if ('scopes' in rule) return { requiresScopes: { scopes: rule.scopes } }
  return 'authenticated' in rule ? { authenticated: {} } : {}
}

/** The rule as a sentence, because introspection omits applied directives (GraphQL specification §4). */
export function sentenceOf(rule: Rule): string {
  if ('authenticated' in rule) return 'Requires a token.'
  if ('public' in rule) return 'Open to everyone.'
  const choices = rule.scopes.map((all) => all.join(' and '))
  const [only, ...others] = choices
  return others.length === 0 ? `Requires scope ${only}.` : `Requires scope ${choices.join(' or ')}.`
}
