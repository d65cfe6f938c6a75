import { composeServices } from '@theguild/federation-composition'
import { type DocumentNode, Kind, parse } from 'graphql'

/** Our directives are Apollo Federation's own: there they are linked instead of defined. */
const link = parse(`
  extend schema @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@authenticated", "@requiresScopes"]
  )
`)

/** The contract as a subgraph. */
export function subgraphOf(sdl: string): DocumentNode {
  const own = parse(sdl).definitions.filter(({ kind }) => kind !== Kind.DIRECTIVE_DEFINITION)
  return { kind: Kind.DOCUMENT, definitions: [...own, ...link.definitions] }
}

/**
 * What a gateway in front of Taskward works with.
 * @throws Error that tells all reasons why the contract does not compose.
 */
export function composeSupergraph(sdl: string, url: string): string {
  const subgraph = { name: 'taskward', url, typeDefs: subgraphOf(sdl) }
  const { errors, supergraphSdl } = composeServices([subgraph])
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'))
  return supergraphSdl
}
