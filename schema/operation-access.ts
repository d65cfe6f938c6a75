import { type DocumentNode, type FragmentDefinitionNode, getOperationAST, Kind } from 'graphql'
import { everyone } from './access.ts'
import { builder, tokenUrlOf } from './builder.ts'
import type { Viewer } from './context.ts'
import { parseDocument } from './document.ts'
import { badUserInput } from './errors.ts'
import {
  combineNeeds,
  type FieldNeed,
  leastToAdd,
  listFieldNeeds,
  meetsNeed,
  type Need,
} from './operation-needs.ts'
import { shorten } from './shorten.ts'

const howToRead = 'The outer list is "any of", the inner list "all of"; `[[]]` asks for no scope.'

/** Something that is asked for, and whether the caller has it. */
type Judged<Asked extends Need> = Asked & { allowed: boolean }

const FieldAccess = builder.objectRef<Judged<FieldNeed>>('FieldAccess').implement({
  description: 'What one field asks for.',
  fields: (t) => ({
    coordinate: t.exposeString('coordinate', {
      description: 'The field in the schema, such as `Query.tasks`.',
    }),
    requiresToken: t.exposeBoolean('token', { description: 'Whether it asks for a token.' }),
    requiredScopes: t.field({
      type: t.listRef(t.listRef('String')),
      description: `The scopes that it asks for. ${howToRead}`,
      resolve: ({ scopes }) => copyOf(scopes),
    }),
    allowed: t.exposeBoolean('allowed', {
      description: 'Whether the calling token is enough for it.',
    }),
  }),
})

type Access = Judged<Need> & {
  fields: Judged<FieldNeed>[]
  heldScopes: readonly string[]
  /** What the token would have to hold besides. */
  missing: readonly string[]
  tokenUrl: string
}

const OperationAccess = builder.objectRef<Access>('OperationAccess').implement({
  description:
    'What an operation asks for, and what of it the calling token has. It is read from the rules that are enforced. A field counts also when a variable may skip it; one that answers any node asks for what each type of node asks for.',
  fields: (t) => ({
    allowed: t.exposeBoolean('allowed', {
      description: 'Whether the calling token is enough: then no field would be refused.',
    }),
    requiresToken: t.exposeBoolean('token', { description: 'Whether it asks for a token at all.' }),
    requiredScopes: t.field({
      type: t.listRef(t.listRef('String')),
      description: `The sets of scopes that are enough for all its fields, none larger than it must be. ${howToRead}`,
      resolve: ({ scopes }) => copyOf(scopes),
    }),
    heldScopes: t.stringList({
      description: 'What the calling token holds, sorted; empty without a token.',
      resolve: ({ heldScopes }) => [...heldScopes],
    }),
    missingScopes: t.stringList({
      description: 'The fewest scopes that the calling token would have to hold besides.',
      resolve: ({ missing }) => [...missing],
    }),
    tokenUrl: t.exposeString('tokenUrl', {
      description: 'The page that makes a token with just what the operation asks for.',
    }),
    fields: t.expose('fields', {
      type: [FieldAccess],
      description: 'The fields that have an access rule, each once, in the order of the document.',
    }),
  }),
})

builder.queryField('operationAccess', (t) =>
  t.withAuth(everyone).field({
    type: OperationAccess,
    description:
      'What an operation asks for, without running it. A document that could not be executed, or is larger than one may be, is refused as it would be then.',
    args: {
      document: t.arg.string({ required: true, description: 'The document with the operation.' }),
      operationName: t.arg.string({ description: 'Which operation, if there are several.' }),
    },
    // Each may take as long to validate as the dearest operation, so three fit into one operation.
    complexity: { field: 1_600, multiplier: 1 },
    resolve: (_root, { document, operationName }, { viewer, baseUrl }, { schema }) => {
      const parsed = parseDocument(schema, document, 'document')
      const operation = requireOperation(parsed, operationName)
      const fields = listFieldNeeds({ schema, operation, fragments: fragmentsOf(parsed) })
      return { ...judge(fields, viewer), tokenUrl: tokenUrlOf(baseUrl, fields, viewer) }
    },
  }),
)

function judge(fields: FieldNeed[], viewer: Viewer | null): Omit<Access, 'tokenUrl'> {
  const held = viewer?.scopes
  const judged = <Asked extends Need>(need: Asked) => ({ ...need, allowed: meetsNeed(held, need) })
  const whole = combineNeeds(fields)
  const heldScopes = held ?? []
  const missing = leastToAdd(whole, heldScopes).filter((scope) => !heldScopes.includes(scope))
  return { ...judged(whole), fields: fields.map(judged), heldScopes, missing }
}

function requireOperation(document: DocumentNode, name: string | null | undefined) {
  const operation = getOperationAST(document, name)
  if (operation) return operation
  const fault =
    name == null ? 'must say which operation is meant.' : `names none: "${shorten(name)}".`
  throw badUserInput(`operationName ${fault}`, 'operationName')
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}

function copyOf(scopes: Need['scopes']): string[][] {
  return scopes.map((all) => [...all])
}
