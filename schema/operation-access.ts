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

const howToRead =
  'The token must have all scopes of at least one inner list. `[[]]` means that no scope is required.'

/** A need, and whether the caller meets it. */
type Checked<Asked extends Need> = Asked & { allowed: boolean }

const FieldAccess = builder.objectRef<Checked<FieldNeed>>('FieldAccess').implement({
  description: 'What one field requires.',
  fields: (t) => ({
    coordinate: t.exposeString('coordinate', {
      description: 'The schema coordinate of the field, such as `Query.tasks`.',
    }),
    requiresToken: t.exposeBoolean('token', { description: 'Whether the field requires a token.' }),
    requiredScopes: t.field({
      type: t.listRef(t.listRef('String')),
      description: `The scopes that the field requires. ${howToRead}`,
      resolve: ({ scopes }) => copyOf(scopes),
    }),
    allowed: t.exposeBoolean('allowed', {
      description: 'Whether the token of this request may use the field.',
    }),
  }),
})

type Access = Checked<Need> & {
  fields: Checked<FieldNeed>[]
  heldScopes: readonly string[]
  /** The scopes that the token lacks. */
  missing: readonly string[]
  tokenUrl: string
}

const OperationAccess = builder.objectRef<Access>('OperationAccess').implement({
  description:
    'What an operation requires, and what the token of this request has. The result comes from the rules that are enforced. A field counts even if a variable can skip it. A field that returns any type of node requires the scopes of all types of node.',
  fields: (t) => ({
    allowed: t.exposeBoolean('allowed', {
      description: 'Whether the token of this request may use all fields of the operation.',
    }),
    requiresToken: t.exposeBoolean('token', {
      description: 'Whether any field of the operation requires a token.',
    }),
    requiredScopes: t.field({
      type: t.listRef(t.listRef('String')),
      description: `The smallest sets of scopes that are sufficient for all fields. ${howToRead}`,
      resolve: ({ scopes }) => copyOf(scopes),
    }),
    heldScopes: t.stringList({
      description: 'The scopes of the token of this request, sorted. Empty without a token.',
      resolve: ({ heldScopes }) => [...heldScopes],
    }),
    missingScopes: t.stringList({
      description:
        'The scopes that the token of this request lacks: the smallest set that would be sufficient.',
      resolve: ({ missing }) => [...missing],
    }),
    tokenUrl: t.exposeString('tokenUrl', {
      description:
        'The URL of the page that creates a token with only the scopes that the operation requires.',
    }),
    fields: t.expose('fields', {
      type: [FieldAccess],
      description:
        'The fields with an access rule. Each is listed once, in the order of the document.',
    }),
  }),
})

builder.queryField('operationAccess', (t) =>
  t.withAuth(everyone).field({
    type: OperationAccess,
    description:
      'What an operation requires. The operation is not executed. A document that is invalid or exceeds the limits is refused, as in an execution.',
    args: {
      document: t.arg.string({
        required: true,
        description: 'A GraphQL document that contains the operation.',
      }),
      operationName: t.arg.string({
        description: 'The name of the operation. Required when the document contains several.',
      }),
    },
    // Validating one can take as long as the most expensive operation, so one operation may have three.
    complexity: { field: 1_600, multiplier: 1 },
    resolve: (_root, { document, operationName }, { viewer, baseUrl }, { schema }) => {
      const parsed = parseDocument(schema, document, 'document')
      const operation = requireOperation(parsed, operationName)
      const fields = listFieldNeeds({ schema, operation, fragments: fragmentsOf(parsed) })
      return { ...checkAccess(fields, viewer), tokenUrl: tokenUrlOf(baseUrl, fields, viewer) }
    },
  }),
)

function checkAccess(fields: FieldNeed[], viewer: Viewer | null): Omit<Access, 'tokenUrl'> {
  const held = viewer?.scopes
  const check = <Asked extends Need>(need: Asked) => ({ ...need, allowed: meetsNeed(held, need) })
  const whole = combineNeeds(fields)
  const heldScopes = held ?? []
  const missing = leastToAdd(whole, heldScopes).filter((scope) => !heldScopes.includes(scope))
  return { ...check(whole), fields: fields.map(check), heldScopes, missing }
}

function requireOperation(document: DocumentNode, name: string | null | undefined) {
  const operation = getOperationAST(document, name)
  if (operation) return operation
  const fault =
    name == null ? 'must name one of the operations.' : `is unknown: "${shorten(name)}".`
  throw badUserInput(`operationName ${fault}`, 'operationName')
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}

function copyOf(scopes: Need['scopes']): string[][] {
  return scopes.map((all) => [...all])
}
