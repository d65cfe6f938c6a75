import { composeServices } from '@theguild/federation-composition'
import { type DocumentNode, Kind, parse } from 'graphql'

/** A subgraph links Apollo Federation's directives; our schema defines them. */
const link = parse(`
  extend schema @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@authenticated", "@requiresScopes"]
  )
`)

/** Our schema as a subgraph. */
export function subgraphOf(sdl: string): DocumentNode {
  const own = parse(sdl).definitions.filter(({ kind }) => kind !== Kind.DIRECTIVE_DEFINITION)
  return { kind: Kind.DOCUMENT, definitions: [...own, ...link.definitions] }
}

/**
 * The supergraph for a gateway in front of Taskward.
 * @throws Error with all reasons why the schema does not compose.
 */
export function composeSupergraph(sdl: string, url: string): string {
  const subgraph = { name: 'taskward', url, typeDefs: subgraphOf(sdl) }
  const { errors, supergraphSdl } = composeServices([subgraph])
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'))
  return supergraphSdl
}
