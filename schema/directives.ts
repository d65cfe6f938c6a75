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

/** Named and meant as Apollo Federation's, so that a gateway in front understands them. */
export const accessDirectives = [
  new GraphQLDirective({
    name: 'authenticated',
    description: 'Needs a valid token, whatever its scopes.',
    locations,
  }),
  new GraphQLDirective({
    name: 'requiresScopes',
    description: 'Needs a valid token that holds certain scopes.',
    locations,
    args: {
      scopes: {
        type: new GraphQLNonNull(new GraphQLList(requiredStrings)),
        description: 'The outer list is "any of", the inner list "all of".',
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
 * Derives what the schema says about access from what is enforced: it reads the very value that
 * the scope-auth plugin checks, and refuses to build a schema whose SDL would not be the truth.
 */
class AccessDirectivesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>) {
    const place = `${field.parentType}.${field.name}`
    const { authScopes } = field.pothosOptions
    if (authScopes === undefined) {
      if (!isRoot(field)) return field
      throw new PothosSchemaError(
        `${place} has no access rule. Add t.withAuth(…); if it is for everyone, t.withAuth(everyone).`,
      )
    }
    const rule = parseRule(authScopes)
    if (!rule) {
      throw new PothosSchemaError(`${place} has an access rule that no directive can express.`)
    }
    return {
      ...field,
      description: [field.description, sentenceOf(rule)].filter(Boolean).join('\n\n'),
      extensions: { ...field.extensions, rule, directives: directivesOf(rule) },
    }
  }

  override onTypeConfig(type: PothosTypeConfig) {
    if ('authScopes' in type.pothosOptions && type.pothosOptions.authScopes !== undefined) {
      throw new PothosSchemaError(`${type.name} has an access rule of its own: put it on fields.`)
    }
    return type
  }
}

function isRoot({ kind }: { kind: string }): boolean {
  return kind === 'Query' || kind === 'Mutation' || kind === 'Subscription'
}

SchemaBuilder.registerPlugin(accessDirectivesPlugin, AccessDirectivesPlugin)
