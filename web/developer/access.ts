import { fieldAccess, type Rule, scopeMeanings } from '../gql/access.ts'

/** The scopes that a token can be given. */
export const everyScope: readonly string[] = Object.keys(scopeMeanings)

/** Whether a token with these scopes may use a field that has the rule; undefined: it has none. */
function allows(rule: Rule | undefined, held: readonly string[]): boolean {
  if (!rule || !('scopes' in rule)) return true
  return rule.scopes.some((all) => all.every((scope) => held.includes(scope)))
}

/** Whether a token with these scopes may use the field, such as `Query.tasks`. */
export function mayUse(coordinate: string, held: readonly string[]): boolean {
  return allows(fieldAccess[coordinate], held)
}

/** Whether no token can be given what the rule requires: only the person can use the field. */
export function isForPersonOnly(rule: Rule): boolean {
  return (
    'scopes' in rule && rule.scopes.every((all) => all.some((scope) => !everyScope.includes(scope)))
  )
}
