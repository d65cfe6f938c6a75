import { describe, expect, vi } from 'vitest'
import type { Scene } from '../testing/access.ts'
import type { App } from '../testing/app.ts'
import {
  accountScope,
  documentOf,
  grantableScopes,
  type Place,
  places,
} from '../testing/contract.ts'
import { openStream } from '../testing/stream.ts'
import { it } from '../testing/test.ts'

/*
 * Compares operationAccess with the actual access: each protected field is checked and then called,
 * without a token and with every set of scopes.
 */

const sets = grantableScopes.reduce<string[][]>(
  (some, scope) => some.concat(some.map((set) => [...set, scope])),
  [[]],
)

const callers = [
  { kind: 'a caller without a token', held: null },
  ...sets.map((held) => ({ kind: `a token with scope "${held.join(' ')}"`, held })),
]

/** Documents with several protected fields, whose needs are combined. */
const combined = [
  '{ viewer { email } labels { name } }',
  '{ viewer { ...v } } fragment v on Viewer { id email }',
  'query { viewer { scopes } tasks(first: 1) { nodes { id } } node(id: "VGFzazow") { id } }',
  '{ node(id: "VGFzazow") { id } }',
  '{ nodes(ids: ["VGFzazow"]) { id } viewer { email } }',
  '{ __typename }',
]

const documents = [
  // The id of no node needs no scope. `combined` has documents with the id of a Task.
  ...places.filter(({ name }) => !/^Query\.nodes?$/.test(name)).map(asDocument),
  ...combined,
]

function asDocument(place: Place): string {
  return documentOf(place, 'none')
}

describe.each(documents)('%s', (document) => {
  it.for(callers)(
    'is answered to $kind as operationAccess predicts',
    async ({ held }, { app, ada }) => {
      const token = tokenWith({ app, ada }, held)
      const access = await askAccess(app, document, token)
      const { status, errors } = await run(app, document, token)
      expect({ allowed: access.allowed, token: access.requiresToken }).toEqual({
        allowed: status === 200,
        token: held === null ? status === 401 : access.requiresToken,
      })
      expect(access.fields.every(({ allowed }) => allowed)).toBe(status === 200)
      if (status !== 403) return
      const refused = access.fields.filter(({ allowed }) => !allowed)
      const { requiredScopes, heldScopes, tokenUrl, coordinate, refusedFields, missingScopes } =
        errors[0]?.extensions ?? {}
      expect(refused.map((field) => field.requiredScopes)).toContainEqual(requiredScopes)
      expect(refused.map((field) => field.coordinate)).toContain(coordinate)
      expect(refusedFields).toEqual(
        refused.map((field) => ({
          coordinate: field.coordinate,
          requiredScopes: field.requiredScopes,
        })),
      )
      expect({ heldScopes, missingScopes, tokenUrl }).toEqual({
        missingScopes: access.missingScopes,
        heldScopes: access.heldScopes,
        tokenUrl: isForPerson(access) ? undefined : access.tokenUrl,
      })
    },
  )

  it('is answered to a token of tokenUrl, and refused to one with fewer scopes', async ({
    app,
    ada,
  }) => {
    const access = await askAccess(app, document)
    const { tokenUrl } = access
    const scopes = new URL(tokenUrl).searchParams.get('scopes')?.split(' ').filter(Boolean) ?? []
    const status = isForPerson(access) ? 403 : 200
    expect((await run(app, document, tokenWith({ app, ada }, scopes))).status).toBe(status)
    for (const scope of scopes) {
      const fewer = scopes.filter((other) => other !== scope)
      expect((await run(app, document, tokenWith({ app, ada }, fewer))).status).toBe(403)
    }
  })
})

describe('a refusal', () => {
  it('names the needed scopes, the held scopes and the page that makes a sufficient token', async ({
    app,
    ada,
  }) => {
    const { body } = await app.query('{ labels { name } }', {}, tokenWith({ app, ada }, ['email']))
    expect(body.errors?.[0]).toMatchObject({
      message: `The token lacks a scope for Query.labels. Required: tasks:read, or tasks:write. The token has: email. Create a token with the scopes of this operation at ${app.url}/developer?scopes=tasks:read.`,
      extensions: {
        code: 'FORBIDDEN',
        requiredScopes: [['tasks:read'], ['tasks:write']],
        coordinate: 'Query.labels',
        heldScopes: ['email'],
        missingScopes: ['tasks:read'],
        refusedFields: [
          { coordinate: 'Query.labels', requiredScopes: [['tasks:read'], ['tasks:write']] },
        ],
        tokenUrl: `${app.url}/developer?scopes=tasks:read`,
      },
    })
  })

  it('names every field of the operation that is refused', async ({ app, ada }) => {
    const document =
      'mutation { createTask(input: { title: "Walk" }) { task { id } } deleteCompletedTasks { deletedTaskIds } }'
    const { body } = await app.query(document, {}, tokenWith({ app, ada }, ['tasks:read']))
    expect(body.errors?.[0]?.message).toMatch(
      /lacks a scope for Mutation\.createTask\..* It may not use Mutation\.deleteCompletedTasks either\./,
    )
    expect(body.errors?.[0]?.extensions).toMatchObject({
      coordinate: 'Mutation.createTask',
      missingScopes: ['tasks:create', 'tasks:delete'],
      refusedFields: [
        { coordinate: 'Mutation.createTask', requiredScopes: [['tasks:create'], ['tasks:write']] },
        { coordinate: 'Mutation.deleteCompletedTasks', requiredScopes: [['tasks:delete']] },
      ],
    })
  })
})

function tokenWith({ app, ada }: Scene, scopes: string[] | null): string | undefined {
  if (!scopes) return undefined
  return app.signToken({ sub: ada.id, email: ada.email, scope: scopes.join(' ') })
}

/** No program can be given the scopes. */
function isForPerson({ requiredScopes }: Access): boolean {
  return requiredScopes.every((all) => all.includes(accountScope))
}

type Access = {
  requiredScopes: string[][]
  missingScopes: string[]
  allowed: boolean
  requiresToken: boolean
  heldScopes: string[]
  tokenUrl: string
  fields: { coordinate: string; requiredScopes: string[][]; allowed: boolean }[]
}

async function askAccess(app: App, document: string, token?: string): Promise<Access> {
  const query = `query ($document: String!) { operationAccess(document: $document) {
    allowed requiresToken requiredScopes heldScopes missingScopes tokenUrl fields { coordinate requiredScopes allowed }
  } }`
  const { body } = await app.query(query, { document }, token)
  return body.data?.operationAccess as Access
}

async function run(app: App, document: string, token?: string) {
  if (document.startsWith('subscription')) return subscribe(app, document, token)
  const { status, body } = await app.query(document, {}, token)
  return { status, errors: body.errors ?? [] }
}

/** A refused stream has one event; an allowed one stays open. */
async function subscribe(app: App, query: string, token?: string) {
  const init = { method: 'POST', body: JSON.stringify({ query }) }
  const { response, events, leave } = await openStream(app.url, token, init)
  if (response.status !== 200) await vi.waitFor(() => expect(events).not.toEqual([]))
  leave()
  return { status: response.status, errors: events[0]?.data?.errors ?? [] }
}
