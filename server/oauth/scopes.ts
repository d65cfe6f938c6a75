import { everyScope, scopeMeanings } from '#schema/scopes.ts'

/** Asked for by apps that go on working when the person has left: they get a refresh token. */
export const offlineScope = 'offline_access'

/** What an app may ask for. */
export const offeredScopes: readonly string[] = [...everyScope, offlineScope]

/** What an app asks for that names no scope (RFC 6749 §3.3). */
export const defaultScope = 'tasks:read'

const meanings: Readonly<Record<string, string>> = {
  ...scopeMeanings,
  [offlineScope]: 'Do this also while you are not signed in, until you disconnect it.',
}

/** A scope with what it opens, for the person who is asked. */
export type ExplainedScope = { scope: string; meaning: string }

export function explainScopes(scopes: readonly string[]): ExplainedScope[] {
  return offeredScopes
    .filter((scope) => scopes.includes(scope))
    .map((scope) => ({ scope, meaning: meanings[scope] ?? scope }))
}
