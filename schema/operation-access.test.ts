import { graphql } from 'graphql'
import { describe, expect, it } from 'vitest'
import type { Db } from '#db/client.ts'
import { documentLimits } from './document.ts'
import { schema } from './index.ts'

const fullQuery = `query ($document: String!, $operationName: String) {
  operationAccess(document: $document, operationName: $operationName) {
    allowed requiresToken requiredScopes heldScopes missingScopes tokenUrl
    fields { coordinate requiresToken requiredScopes allowed }
  }
}`

const unusedDb = new Proxy(
  {},
  {
    get: () => {
      throw new Error('operationAccess must not read rows.')
    },
  },
) as Db

async function ask(document: string, held: string[] | null = [], operationName?: string) {
  const viewer = held && { id: 'ada', email: 'ada@example.com', scopes: held }
  const { data, errors } = await graphql({
    schema,
    source: fullQuery,
    variableValues: { document, operationName },
    contextValue: { db: unusedDb, baseUrl: 'https://tasks.example.com', viewer },
  })
  const access = data?.operationAccess as Access | undefined
  return { ...access, refusal: errors?.[0] }
}

type Access = {
  allowed: boolean
  requiresToken: boolean
  requiredScopes: string[][]
  heldScopes: string[]
  missingScopes: string[]
  tokenUrl: string
  fields: {
    coordinate: string
    requiresToken: boolean
    requiredScopes: string[][]
    allowed: boolean
  }[]
}

describe('operationAccess', () => {
  it('returns what each field and the whole operation require, and what the token has', async () => {
    const document = '{ viewer { id email } tasks { totalCount } labels { name } }'
    expect(await ask(document, ['email'])).toEqual({
      allowed: false,
      requiresToken: true,
      requiredScopes: [
        ['email', 'tasks:read'],
        ['email', 'tasks:write'],
      ],
      heldScopes: ['email'],
      missingScopes: ['tasks:read'],
      tokenUrl: 'https://tasks.example.com/developer?scopes=email+tasks:read',
      fields: [
        { coordinate: 'Query.viewer', requiresToken: true, requiredScopes: [[]], allowed: true },
        {
          coordinate: 'Viewer.email',
          requiresToken: true,
          requiredScopes: [['email']],
          allowed: true,
        },
        {
          coordinate: 'Query.tasks',
          requiresToken: true,
          requiredScopes: [['tasks:read'], ['tasks:write']],
          allowed: false,
        },
        {
          coordinate: 'Query.labels',
          requiresToken: true,
          requiredScopes: [['tasks:read'], ['tasks:write']],
          allowed: false,
        },
      ],
    })
  })

  it.each<[document: string, scopes: string[][]]>([
    ['{ __typename }', [[]]],
    ['{ operationAccess(document: "{ labels { name } }") { allowed } }', [[]]],
    ['{ viewer { scopes } }', [[]]],
    ['{ node(id: "?") { id } }', [['tasks:read'], ['tasks:write']]],
    ['{ ...f } fragment f on Query { viewer { ... on Viewer { email } } }', [['email']]],
    ['{ viewer { email @skip(if: true) id } }', [[]]],
    ['{ viewer { email @include(if: false) id } }', [[]]],
    ['query ($b: Boolean!) { viewer { email @skip(if: $b) id } }', [['email']]],
    ['mutation { deleteCompletedTasks { deletedTaskIds } }', [['tasks:delete']]],
    ['subscription { taskChanged { kind } }', [['tasks:read'], ['tasks:write']]],
  ])('requires for %s: any of %j', async (document, scopes) => {
    expect((await ask(document)).requiredScopes).toEqual(scopes)
  })

  it('tells a caller without a token whether one is required', async () => {
    const open = await ask('{ __typename }', null)
    expect(open).toMatchObject({ allowed: true, requiresToken: false, heldScopes: [] })
    const closed = await ask('{ viewer { id } }', null)
    expect(closed).toMatchObject({ allowed: false, requiresToken: true, missingScopes: [] })
  })

  it('checks the operation that is named', async () => {
    const document = 'query a { viewer { id } } query b { viewer { email } }'
    expect((await ask(document, [], 'a')).requiredScopes).toEqual([[]])
    expect((await ask(document, [], 'b')).requiredScopes).toEqual([['email']])
    for (const name of [undefined, 'c', '']) {
      expect((await ask(document, [], name)).refusal?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'operationName',
      })
    }
  })

  it.each([
    ['{ viewer', 'Syntax Error: Expected Name, found <EOF>. (line 1, column 9)'],
    ['{ viewer { nam } }', 'Cannot query field "nam" on type "Viewer". (line 1, column 12)'],
    ['{ ...f } fragment f on Query { ...f }', 'Cannot spread fragment "f" within itself.'],
  ])('refuses %s and names the error', async (document, fault) => {
    const { refusal } = await ask(document)
    expect(refusal?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'document' })
    expect(refusal?.message).toContain(fault)
  })

  it.each([
    ['characters', `{ viewer { id } } #${'x'.repeat(documentLimits.characters)}`],
    ['tokens', `{ ${'__typename '.repeat(documentLimits.tokens)} }`],
    ['levels', `{ ${'viewer { '.repeat(11)} id ${'} '.repeat(11)} }`],
    ['aliases', `{ ${Array.from({ length: 16 }, (_, n) => `a${n}: __typename`)} }`],
    ['directives', `{ __typename ${'@skip(if: false) '.repeat(51)} }`],
  ])('refuses a document with too many %s, as executing it would', async (_what, document) => {
    expect((await ask(document)).refusal?.extensions.code).toBe('OPERATION_TOO_COMPLEX')
  })

  it('answers when fragments double each other, without visiting each of the 2^60 spreads', async () => {
    const fragments = Array.from(
      { length: 60 },
      (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`,
    ).join(' ')
    const document = `{ ...f0 } ${fragments} fragment f60 on Query { viewer { email } }`
    expect((await ask(document)).requiredScopes).toEqual([['email']])
  })
})
