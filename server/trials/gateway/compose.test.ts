import { buildSchema, getDirectiveValues, isObjectType, Kind } from 'graphql'
import { describe, expect, it } from 'vitest'
import { sdl } from '#schema/index.ts'
import { places } from '../../testing/contract.ts'
import { composeSupergraph } from './compose.ts'

describe('the schema as a subgraph of Apollo Federation', () => {
  const supergraph = buildSchema(composeSupergraph(sdl, 'http://localhost:4000/graphql'))

  it('keeps the rule of every field, as directives of the supergraph', () => {
    const rules = Object.values(supergraph.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields()).flatMap((field) => {
          const rule = ruleOf(field)
          return rule ? [[`${type.name}.${field.name}`, rule]] : []
        }),
      )
    const expected = places.map(({ name, rule }) => [name, rule])
    expect(Object.fromEntries(rules)).toEqual(Object.fromEntries(expected))
  })

  it('defines the directives as the specification does', () => {
    const urls = (supergraph.astNode?.directives ?? []).flatMap(({ arguments: given = [] }) =>
      given.flatMap(({ name, value }) =>
        name.value === 'url' && value.kind === Kind.STRING ? [value.value] : [],
      ),
    )
    expect(urls).toContainEqual(expect.stringContaining('specs.apollo.dev/authenticated/'))
    expect(urls).toContainEqual(expect.stringContaining('specs.apollo.dev/requiresScopes/'))
  })

  it('does not compose if a type does not implement its interface', () => {
    const broken = sdl.replace(
      'type Task implements Node {\n',
      'type Task implements Node & Other {\n',
    )
    expect(() => composeSupergraph(broken, 'http://localhost')).toThrow(/Other/)
  })

  function ruleOf({ astNode }: { astNode?: Parameters<typeof getDirectiveValues>[1] | null }) {
    const valuesOf = (name: string) => {
      const directive = supergraph.getDirective(name)
      return directive && astNode ? getDirectiveValues(directive, astNode) : undefined
    }
    return valuesOf('requiresScopes')?.scopes ?? (valuesOf('authenticated') && 'authenticated')
  }
})
