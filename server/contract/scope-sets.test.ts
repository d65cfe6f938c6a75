import { type OperationDefinitionNode, parse } from 'graphql'
import { describe, expect } from 'vitest'
import { toolOperations } from '../mcp/operations.ts'
import { scopeSets } from '../testing/access.ts'
import { type Account, type App, manyPoints } from '../testing/app.ts'
import { accountScope, documentOf, type Place, places } from '../testing/contract.ts'
import { postMcp, toolCall } from '../testing/mcp.ts'
import { withVariables } from '../testing/test.ts'

/*
 * Every root field with every set of scopes, through every route that executes operations: JSON by
 * POST and GET, event streams by POST and GET, and the tools of /mcp. The directive of the field
 * alone says what is expected. Arguments are invalid ids: an allowed call answers null or NOT_FOUND.
 */

const it = withVariables(manyPoints)
const rootPlaces = places.filter(({ path }) => path.length === 1)
const sets = scopeSets.map((held) => ({ held, name: held.join(' ') || 'no scope' }))

type Route = 'POST' | 'GET' | 'stream by POST' | 'stream by GET'
const routes: Route[] = ['POST', 'GET', 'stream by POST', 'stream by GET']

/** HTTP allows no mutation by GET, and a subscription needs a stream. */
function isServed(route: Route, { operation }: Place): boolean {
  if (operation === 'mutation') return !route.endsWith('GET')
  return operation === 'query' || route.startsWith('stream')
}

/** Whether the rules let the operation through, whatever its resolver answers. */
async function isAllowed(app: App, route: Route, place: Place, token: string): Promise<boolean> {
  const query = documentOf(place, 'none')
  const isGet = route.endsWith('GET')
  const abort = new AbortController()
  const response = await fetch(
    `${app.url}/graphql${isGet ? `?${new URLSearchParams({ query })}` : ''}`,
    {
      method: isGet ? 'GET' : 'POST',
      signal: abort.signal,
      headers: {
        Accept: route.startsWith('stream') ? 'text/event-stream' : 'application/json',
        Authorization: `Bearer ${token}`,
        ...(!isGet && { 'Content-Type': 'application/json' }),
      },
      ...(!isGet && { body: JSON.stringify({ query }) }),
    },
  )
  if (place.operation === 'subscription' && response.status === 200) {
    abort.abort()
    return true
  }
  const text = await response.text()
  expect([200, 403]).toContain(response.status)
  return !text.includes('"FORBIDDEN"')
}

const expectation = ({ rule }: Place, held: readonly string[]): boolean =>
  rule === 'authenticated' || rule.some((all) => all.every((scope) => held.includes(scope)))

const tokenOf = (app: App, ada: Account, held: readonly string[]) =>
  app.signToken({ sub: ada.id, email: ada.email, scope: held.join(' ') })

describe.each(sets)('a token with $name', ({ held }) => {
  it.for(routes)('may use exactly what the directives say, by %s', async (route, { app, ada }) => {
    const token = tokenOf(app, ada, held)
    const served = rootPlaces.filter((place) => isServed(route, place))
    const allowed: Record<string, boolean> = {}
    for (const place of served) allowed[place.name] = await isAllowed(app, route, place, token)
    expect(allowed).toEqual(
      Object.fromEntries(served.map((place) => [place.name, expectation(place, held)])),
    )
  })

  it('may use exactly the tools of those fields', async ({ app, ada }) => {
    const headers = { Authorization: `Bearer ${tokenOf(app, ada, held)}` }
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const { result } = (await (await postMcp(app, list, headers)).json()) as {
      result: { tools: { name: string }[] }
    }
    const listed = result.tools.map(({ name }) => name)
    const outcomes: Record<string, boolean[]> = {}
    const expected: typeof outcomes = {}
    for (const [name, { document }] of Object.entries(toolOperations)) {
      const { status } = await postMcp(app, toolCall(name, { id: 'none', title: 'Walk' }), headers)
      const isOpen = expectation(placeOfTool(document), held)
      outcomes[name] = [listed.includes(name), status !== 403]
      expected[name] = [isOpen, isOpen]
    }
    expect(outcomes).toEqual(expected)
  })
})

describe('the scope of the person', () => {
  it.for(sets)(
    'is in no token with $name, also if its scope claim names it',
    async ({ held }, { app, ada }) => {
      const token = tokenOf(app, ada, [...held, accountScope])
      const { body } = await app.query('{ viewer { scopes } }', {}, token)
      expect(body.data).toEqual({ viewer: { scopes: held.toSorted() } })
    },
  )
})

function placeOfTool(document: string): Place {
  const [operation] = parse(document).definitions as OperationDefinitionNode[]
  const [field] = operation?.selectionSet.selections ?? []
  const name = field?.kind === 'Field' ? field.name.value : ''
  const place = rootPlaces.find(({ path }) => path[0]?.name === name)
  if (!place) throw new Error(`No directive protects the field of the tool: ${document}`)
  return place
}
