/** Every scope that a program can be given, and what it allows, as a consent page says it. */
export const scopeMeanings = {
  email: 'See your e-mail address.',
  'tasks:read': 'See your tasks, labels, trash and history.',
  'tasks:create': 'Add tasks. It cannot see your other tasks.',
  'tasks:write': 'See, add, change and restore your tasks. It cannot delete them.',
  'tasks:delete': 'Move your tasks to the trash.',
} as const

/**
 * What only the person may do: empty the trash, undo changes, release a paused program. No program
 * can be given it, and a request for it is `invalid_scope`.
 */
export const accountScope = 'account'

export type Scope = keyof typeof scopeMeanings | typeof accountScope

/** The scopes that a rule requires. The outer list is "any of", the inner list "all of". */
export type RequiredScopes = readonly (readonly Scope[])[]

/** The scopes that a program can be given, sorted. */
export const grantableScopes: readonly string[] = Object.keys(scopeMeanings).sort()

/** The scopes of the person, sorted. */
export const everyScope: readonly string[] = [...grantableScopes, accountScope].sort()

/**
 * The scopes of a token from its claims (RFC 9068 §2.2.3), sorted and without duplicates. A token
 * without a scope claim and without a client is first-party and has every scope. A scope claim that
 * is not a string means no scopes. `account` in a scope claim is ignored.
 */
export function parseScopes(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const isFirstParty = !['scope', 'client_id', 'azp'].some((claim) => Object.hasOwn(claims, claim))
  if (isFirstParty) return everyScope
  const { scope } = claims
  if (typeof scope !== 'string') return []
  return splitScopes(scope).filter((name) => name !== accountScope)
}

/** The names in a list of scopes separated by spaces, sorted and without duplicates. */
export function splitScopes(scope: string): string[] {
  return [...new Set(scope.split(' '))].filter((name) => name !== '').sort()
}

export function hasScopes(
  held: readonly string[],
  required: readonly (readonly string[])[],
): boolean {
  return required.some((all) => all.every((scope) => held.includes(scope)))
}
