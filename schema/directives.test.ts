import { printSchemaWithDirectives } from '@graphql-tools/utils'
import SchemaBuilder from '@pothos/core'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { graphql, specifiedDirectives } from 'graphql'
import { describe, expect, it } from 'vitest'
import { anyViewer, everyone, readsTasks, writesTasks } from './access.ts'
import { accessDirectives, accessDirectivesPlugin } from './directives.ts'

describe('a schema', () => {
  it('prints the directive and the sentence of the rule that it enforces', () => {
    const builder = createBuilder()
    builder.queryType({
      fields: (t) => ({
        open: t.withAuth(everyone).boolean({ description: 'Open.', resolve: () => true }),
        any: t.withAuth(anyViewer).boolean({ resolve: () => true }),
        some: t.withAuth(readsTasks).boolean({ resolve: () => true }),
        all: t.withAuth({ scopes: [['email', 'tasks:read']] }).boolean({ resolve: () => true }),
      }),
    })
    const sdl = printSchemaWithDirectives(toSchema(builder))
    expect(sdl).toContain('Open.\n  \n  Open to everyone.\n  """\n  open: Boolean\n')
    expect(sdl).toContain('"""Requires a token."""\n  any: Boolean @authenticated\n')
    expect(sdl).toContain('"""Requires scope tasks:read or tasks:write."""\n  some: Boolean @req')
    expect(sdl).toContain(
      'some: Boolean @requiresScopes(scopes: [["tasks:read"], ["tasks:write"]])',
    )
    expect(sdl).toContain('"""Requires scope email and tasks:read."""')
    expect(sdl).toContain('all: Boolean @requiresScopes(scopes: [["email", "tasks:read"]])')
  })

  it('enforces the rule that it prints', async () => {
    const builder = createBuilder()
    builder.queryType({
      fields: (t) => ({
        open: t.withAuth(everyone).boolean({ resolve: () => true }),
        shut: t.withAuth(writesTasks).boolean({ resolve: () => true }),
      }),
    })
    const { data, errors } = await graphql({
      schema: toSchema(builder),
      source: '{ open shut }',
      contextValue: {},
    })
    expect(data).toEqual({ open: true, shut: null })
    expect(errors?.map(({ path }) => path)).toEqual([['shut']])
  })

  it.each(['query', 'mutation', 'subscription'] as const)(
    'does not build when a field of the %s has no rule',
    (root) => {
      const builder = createBuilder()
      builder.queryType()
      builder.queryField('open', (t) => t.withAuth(everyone).boolean({ resolve: () => true }))
      if (root === 'query') builder.queryField('bare', (t) => t.boolean({ resolve: () => true }))
      if (root === 'mutation') {
        builder.mutationType()
        builder.mutationField('bare', (t) => t.boolean({ resolve: () => true }))
      }
      if (root === 'subscription') {
        builder.subscriptionType()
        builder.subscriptionField('bare', (t) =>
          t.boolean({ subscribe: noEvents, resolve: () => true }),
        )
      }
      expect(() => toSchema(builder)).toThrow(/\.bare has no access rule/)
    },
  )

  it.each([
    ['a function', () => ({ authenticated: true }) as const],
    ['two rules', { authenticated: true, scopes: [['email']] }],
    ['a choice of rules', { $any: { authenticated: true } }],
    ['an unknown rule', {}],
  ] as const)('does not build when the rule of a field is %s', (_kind, authScopes) => {
    const builder = createBuilder()
    builder.queryType({ fields: (t) => ({ odd: t.boolean({ authScopes, resolve: () => true }) }) })
    expect(() => toSchema(builder)).toThrow(/Query\.odd has an access rule that no directive/)
  })

  it.each(['object', 'interface'] as const)('does not build when the rule is on an %s', (kind) => {
    const builder = createBuilder()
    builder.queryType()
    builder.queryField('open', (t) => t.withAuth(everyone).boolean({ resolve: () => true }))
    const options = { authScopes: anyViewer }
    if (kind === 'object') builder.objectRef('Note').implement(options)
    else builder.interfaceRef('Note').implement(options)
    expect(() => toSchema(builder)).toThrow(/Note has an access rule\. Put/)
  })
})

type AuthScopes = { public: true; authenticated: true; scopes: readonly (readonly string[])[] }

/** A builder with the plugin only. The caller has no token. */
function createBuilder() {
  return new SchemaBuilder<{ AuthScopes: AuthScopes }>({
    plugins: [ScopeAuthPlugin, accessDirectivesPlugin],
    scopeAuth: { authScopes: () => ({ public: true, authenticated: false, scopes: () => false }) },
  })
}

function toSchema(builder: ReturnType<typeof createBuilder>) {
  return builder.toSchema({ directives: [...specifiedDirectives, ...accessDirectives] })
}

async function* noEvents() {}
