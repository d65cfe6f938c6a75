/** Every scope a token can hold, with what it opens in the words of a consent page. */
export const scopeMeanings = {
  email: 'See your e-mail address.',
  'tasks:read': 'See your tasks and labels.',
  'tasks:write': 'See, create, change and delete your tasks and labels.',
} as const

export type Scope = keyof typeof scopeMeanings

/** What a rule asks for: the outer list is "any of", the inner list "all of". */
export type RequiredScopes = readonly (readonly Scope[])[]

export const everyScope: readonly string[] = Object.keys(scopeMeanings).sort()

/**
 * The scopes a token holds, sorted and without repetition, from its claims (RFC 9068 §2.2.3).
 * Without a scope claim and without a client the token is first-party and holds every scope. A
 * scope claim of any other form than a string restricts too: it holds nothing.
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
