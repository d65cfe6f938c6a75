import { type GraphQLSchema, isObjectType } from 'graphql'
import { parseRule, type Rule } from './access.ts'
import { scopeMeanings } from './scopes.ts'

/** Each field that has a rule, by its coordinate (GraphQL specification §3.13), in the order of the schema. */
export function accessTable(schema: GraphQLSchema): Record<string, Rule> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const fields = types.flatMap((type) =>
    Object.values(type.getFields()).map(({ name, extensions }) => {
      return [`${type.name}.${name}`, parseRule(extensions.rule)] as const
    }),
  )
  return Object.fromEntries(
    fields.flatMap(([coordinate, rule]) => (rule ? [[coordinate, rule]] : [])),
  )
}

/**
 * The rules and the scopes as a module without imports, for the client: what it says about access
 * is what is enforced, and it never has to read a description.
 */
export function accessModule(schema: GraphQLSchema): string {
  const json = (value: object) => JSON.stringify(value, null, 2)
  return `/* Made by \`npm run generate\` from the rules that the API enforces. */

/** Who may use a field. \`scopes\`: the outer list is "any of", the inner list "all of". */
export type Rule =
  | { readonly public: true }
  | { readonly authenticated: true }
  | { readonly scopes: readonly (readonly string[])[] }

/** Every scope, and what it opens. */
export const scopeMeanings = ${json(scopeMeanings)} as const

/** By coordinate; a field that is not here has no rule of its own. */
export const fieldAccess: Readonly<Record<string, Rule>> = ${json(accessTable(schema))}
`
}
