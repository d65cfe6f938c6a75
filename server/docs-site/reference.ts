import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
} from 'graphql'
import { schema } from '#schema/index.ts'
import { meetsNeed, needOfField } from '#schema/operation-needs.ts'
import { accountScope, grantableScopes } from '#schema/scopes.ts'

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]

/** One row for each field with a rule, one column for each kind of token. */
export function scopeTable(): string {
  const callers = [undefined, [], ...grantableScopes.map((scope) => [scope])]
  const names = ['no token', 'no scope', ...grantableScopes.map((scope) => `\`${scope}\``)]
  const rows = types.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const need = needOfField(field.extensions)
      if (!need) return []
      const marks = callers.map((held) => (meetsNeed(held, need) ? 'yes' : '–'))
      return [[`[\`${type.name}.${field.name}\`](reference.md#${anchorOf(type, field)})`, ...marks]]
    }),
  )
  return `# Scope table

Which fields a token with a single scope can use. The table is generated from the rules that the server enforces. A token with several scopes can use the fields of each. A field that none of them can use needs the scope \`${accountScope}\`: only you can use it, on Taskward's own pages. A field without a row needs nothing beyond the fields that lead to it. \`node\` and \`nodes\` need the scope of the node that they answer; if there is no such node, a token without a scope gets null.

${table(['field', ...names], rows)}
`
}

/** The whole schema as Markdown. */
export function apiReference(): string {
  const isRoot = (type: GraphQLNamedType) => roots.some((root) => root === type)
  const others = types.filter((type) => !isRoot(type))
  const sections: [title: string, text: string[]][] = [
    [
      'Queries, mutations, subscriptions',
      roots.flatMap((type) => (type ? describeRoot(type) : [])),
    ],
    ['Objects', others.filter(isObjectType).map(describeFields)],
    ['Interfaces', others.filter(isInterfaceType).map(describeFields)],
    ['Inputs', others.filter(isInputObjectType).map(describeFields)],
    ['Enums', others.filter(isEnumType).map(describeEnum)],
    [
      'Scalars',
      others.filter(isScalarType).map((type) => `### ${type.name}\n\n${type.description}`),
    ],
    ['Directives', describeDirectives()],
  ]
  const text = sections.map(([title, parts]) => [`## ${title}`, ...parts].join('\n\n')).join('\n\n')
  return `# Reference

Generated from the schema, which is served at [\`/schema.graphql\`](/schema.graphql). The last sentence of a field's description says which scope it needs.

${text}
`
}

type Field = GraphQLField<unknown, unknown>
type WithFields = GraphQLNamedType & {
  getFields: () => Record<string, Field | GraphQLInputField>
}

function describeRoot(type: GraphQLObjectType): string[] {
  return Object.values(type.getFields()).map((field) =>
    [
      `### ${type.name}.${field.name}`,
      `Answers ${typeLink(field.type)}. ${field.description}`,
      ...(field.args.length > 0 ? [describeMembers('argument', field.args)] : []),
    ].join('\n\n'),
  )
}

function describeFields(type: WithFields): string {
  const fields = Object.values(type.getFields())
  return `### ${type.name}\n\n${type.description}\n\n${describeMembers('field', fields)}`
}

function describeEnum(type: GraphQLNamedType & { getValues: () => readonly Described[] }): string {
  const rows = type.getValues().map((value) => [`\`${value.name}\``, meaningOf(value)])
  return `### ${type.name}\n\n${type.description}\n\n${table(['value', 'meaning'], rows)}`
}

function describeDirectives(): string[] {
  const own = schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive))
  return own.map(({ name, description, args }) =>
    [
      `### @${name}`,
      description ?? '',
      ...(args.length > 0 ? [describeMembers('argument', args)] : []),
    ].join('\n\n'),
  )
}

type Described = {
  name: string
  description?: string | null
  deprecationReason?: string | null
}
type Member = Described & { type: GraphQLType }

function describeMembers(kind: string, members: readonly Member[]): string {
  const rows = members.map((member) => [
    `\`${member.name}\``,
    typeLink(member.type),
    meaningOf(member),
  ])
  return table([kind, 'type', 'meaning'], rows)
}

function meaningOf({ description, deprecationReason }: Described): string {
  return [deprecationReason && `**Deprecated**: ${deprecationReason}`, description]
    .filter(Boolean)
    .join(' ')
}

/** The type, such as `[TaskConnection!]!`, as a link to its named type. */
function typeLink(type: Member['type']): string {
  const text = String(type)
  const name = text.replaceAll(/[[\]!]/g, '')
  const isOwn = types.some((own) => own.name === name)
  return isOwn ? `[\`${text}\`](#${name.toLowerCase()})` : `\`${text}\``
}

function anchorOf(type: GraphQLNamedType, field: Field): string {
  const isRoot = roots.some((root) => root === type)
  return (isRoot ? `${type.name}${field.name}` : type.name).toLowerCase()
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.map(cellOf).join(' | ')} |`).join('\n')
}

function cellOf(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
}
