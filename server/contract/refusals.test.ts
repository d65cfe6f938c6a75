import { describe, expect, vi } from 'vitest'
import type { Scene } from '../testing/access.ts'
import type { App } from '../testing/app.ts'
import { documentOf, grantableScopes, type Place, places } from '../testing/contract.ts'
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
      const { requiredScopes, heldScopes, tokenUrl } = errors[0]?.extensions ?? {}
      expect(refused.map((field) => field.requiredScopes)).toContainEqual(requiredScopes)
      expect({ heldScopes, tokenUrl }).toEqual({
        heldScopes: access.heldScopes,
        tokenUrl: access.tokenUrl,
      })
    },
  )

  it('is answered to a token of tokenUrl, and refused to one with fewer scopes', async ({
    app,
    ada,
  }) => {
    const { tokenUrl } = await askAccess(app, document)
    const scopes = new URL(tokenUrl).searchParams.get('scopes')?.split(' ').filter(Boolean) ?? []
    expect((await run(app, document, tokenWith({ app, ada }, scopes))).status).toBe(200)
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
      message: `The token lacks a scope. Required: tasks:read, or tasks:write. The token has: email. Create a token with the scopes of this operation at ${app.url}/developer?scopes=tasks:read.`,
      extensions: {
        code: 'FORBIDDEN',
        requiredScopes: [['tasks:read'], ['tasks:write']],
        heldScopes: ['email'],
        tokenUrl: `${app.url}/developer?scopes=tasks:read`,
      },
    })
  })
})

function tokenWith({ app, ada }: Scene, scopes: string[] | null): string | undefined {
  if (!scopes) return undefined
  return app.signToken({ sub: ada.id, email: ada.email, scope: scopes.join(' ') })
}

type Access = {
  allowed: boolean
  requiresToken: boolean
  heldScopes: string[]
  tokenUrl: string
  fields: { coordinate: string; requiredScopes: string[][]; allowed: boolean }[]
}

async function askAccess(app: App, document: string, token?: string): Promise<Access> {
  const query = `query ($document: String!) { operationAccess(document: $document) {
    allowed requiresToken heldScopes tokenUrl fields { coordinate requiredScopes allowed }
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
