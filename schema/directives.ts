import SchemaBuilder, {
  BasePlugin,
  type PothosOutputFieldConfig,
  PothosSchemaError,
  type PothosTypeConfig,
  type SchemaTypes,
} from '@pothos/core'
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'graphql'
import { directivesOf, parseRule, sentenceOf } from './access.ts'

const { FIELD_DEFINITION, OBJECT, INTERFACE } = DirectiveLocation
const locations = [FIELD_DEFINITION, OBJECT, INTERFACE]
const requiredString = new GraphQLNonNull(GraphQLString)
const requiredStrings = new GraphQLNonNull(new GraphQLList(requiredString))

/** They have the names and meanings of Apollo Federation, so that a gateway understands them. */
export const accessDirectives = [
  new GraphQLDirective({
    name: 'authenticated',
    description: 'Requires a valid token. No scope is required.',
    locations,
  }),
  new GraphQLDirective({
    name: 'requiresScopes',
    description: 'Requires a valid token with certain scopes.',
    locations,
    args: {
      scopes: {
        type: new GraphQLNonNull(new GraphQLList(requiredStrings)),
        description: 'The token must have all scopes of at least one inner list.',
      },
    },
  }),
]

export const accessDirectivesPlugin = 'accessDirectives'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      accessDirectives: AccessDirectivesPlugin<Types>
    }
  }
}

/**
 * Writes the access rules into the schema. It reads the value that the scope-auth plugin enforces,
 * and refuses to build a schema whose SDL would differ from it.
 */
class AccessDirectivesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>) {
    const coordinate = `${field.parentType}.${field.name}`
    const { authScopes } = field.pothosOptions
    if (authScopes === undefined) {
      if (!isRoot(field)) return field
      throw new PothosSchemaError(
        `${coordinate} has no access rule. Add t.withAuth(…), or t.withAuth(everyone) if it is public.`,
      )
    }
    const rule = parseRule(authScopes)
    if (!rule) {
      throw new PothosSchemaError(`${coordinate} has an access rule that no directive can express.`)
    }
    return {
      ...field,
      description: [field.description, sentenceOf(rule)].filter(Boolean).join('\n\n'),
      extensions: { ...field.extensions, rule, directives: directivesOf(rule) },
    }
  }

  override onTypeConfig(type: PothosTypeConfig) {
    if ('authScopes' in type.pothosOptions && type.pothosOptions.authScopes !== undefined) {
      throw new PothosSchemaError(
        `${type.name} has an access rule. Put the rule on its fields instead.`,
      )
    }
    return type
  }
}

function isRoot({ kind }: { kind: string }): boolean {
  return kind === 'Query' || kind === 'Mutation' || kind === 'Subscription'
}

SchemaBuilder.registerPlugin(accessDirectivesPlugin, AccessDirectivesPlugin)
