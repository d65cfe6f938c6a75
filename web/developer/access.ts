import { fieldAccess, type Rule, scopeMeanings } from '../gql/access.ts'

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
