import { accountScope, grantableScopes, scopeMeanings } from '#schema/scopes.ts'

/** Gives an app a refresh token, so that it works while the user is not signed in. */
export const offlineScope = 'offline_access'

/** The scopes that an app may request. */
export const offeredScopes: readonly string[] = [...grantableScopes, offlineScope]

/** The scope of a request that names none (RFC 6749 §3.3). */
export const defaultScope = 'tasks:read'

const meanings: Readonly<Record<string, string>> = {
  ...scopeMeanings,
  [offlineScope]: 'Do this also while you are not signed in, until you disconnect it.',
}

/** A scope with its meaning, for the consent page. */
export type ExplainedScope = { scope: string; meaning: string }

/** In the order of the table of scopes, so that what allows more comes later. */
export function explainScopes(scopes: readonly string[]): ExplainedScope[] {
  return Object.entries(meanings)
    .filter(([scope]) => scopes.includes(scope))
    .map(([scope, meaning]) => ({ scope, meaning }))
}

/**
 * The scopes of a parameter `scope` without those that are not offered, such as `openid`, which some
 * clients always request (RFC 6749 §3.3). Undefined: none is left, or `account` is requested, which
 * must be `invalid_scope`.
 */
export function findOfferedScopes(scope: string): string | undefined {
  const names = scope.split(/\s+/)
  if (names.includes(accountScope)) return undefined
  const offered = names.filter((name) => offeredScopes.includes(name))
  return [...new Set(offered)].join(' ') || undefined
}
