/** Every scope, and what it allows, as a consent page says it. */
export const scopeMeanings = {
  email: 'See your e-mail address.',
  'tasks:read': 'See your tasks and labels.',
  'tasks:write': 'See, create, change and delete your tasks and labels.',
} as const

export type Scope = keyof typeof scopeMeanings

/** The scopes that a rule requires. The outer list is "any of", the inner list "all of". */
export type RequiredScopes = readonly (readonly Scope[])[]

export const everyScope: readonly string[] = Object.keys(scopeMeanings).sort()

/**
 * The scopes of a token from its claims (RFC 9068 §2.2.3), sorted and without duplicates. A token
 * without a scope claim and without a client is first-party and has every scope. A scope claim that
 * is not a string means no scopes.
 */
export function parseScopes(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const isFirstParty = !['scope', 'client_id', 'azp'].some((claim) => Object.hasOwn(claims, claim))
  if (isFirstParty) return everyScope
  const { scope } = claims
  if (typeof scope !== 'string') return []
  return [...new Set(scope.split(' '))].filter((name) => name !== '').sort()
}

export function hasScopes(
  held: readonly string[],
  required: readonly (readonly string[])[],
): boolean {
  return required.some((all) => all.every((scope) => held.includes(scope)))
}
