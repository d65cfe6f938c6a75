import { request as httpRequest } from 'node:http'
import fc from 'fast-check'
import { describe, expect, onTestFinished } from 'vitest'
import { readRuns, testSeed } from '#db/testing/random.ts'
import { type App, startApp } from '../testing/app.ts'
import { anything, mostly, oddText, searches, someOf } from '../testing/arbitraries.ts'
import { setUptime } from '../testing/clock.ts'
import { documentOf, grantableScopes, places } from '../testing/contract.ts'
import { withVariables } from '../testing/test.ts'

/*
 * server/graphql/json-post.ts must answer as Yoga does. Each generated request is sent to /graphql and
 * to `/graphql?`, which always goes to Yoga, and status, headers and bytes are compared.
 * JSON_POST_REQUESTS: how many.
 */

const requestCount = readRuns('JSON_POST_REQUESTS', { local: 400, ci: 4_000 })

const it = withVariables({ GRAPHQL_POINTS_PER_MINUTE: '100000000' })

type Sent = { token: string; headers: Record<string, string>; body: string }
type Answer = {
  status: number | undefined
  headers: Record<string, unknown>
  text: string
  isDirect: boolean
}

/** Documents with features that an executor can get wrong. */
const oddDocuments = [
  '{ __typename }',
  '{ a: __typename viewer { __typename b: id } }',
  '{ viewer { id } viewer { email } }',
  '{ viewer { ...v ...v } } fragment v on Viewer { id scopes }',
  '{ viewer { email } labels { name } }',
  '{ viewer { id } tasks(first: 0) { totalCount } }',
  '{ tasks(first: 0) { totalCount } viewer { id } }',
  '{ a: tasks(first: 1) { nodes { title } } b: tasks(last: 1) { edges { node { title } } } }',
  '{ node(id: "VGFzazow") { __typename id ... on Task { title } ... on Node { id } } }',
  '{ nodes(ids: ["VGFzazow", "x"]) { id ... on Task { labels } } }',
  'query ($on: Boolean!) { viewer { id @include(if: $on) } }',
  'query ($on: Boolean = true) { viewer { id @skip(if: $on) email } }',
  'query A { viewer { id } } query B { labels { name } }',
  'query ($first: Int = 2) { tasks(first: $first) { nodes { id } } }',
  'query ($id: ID!) { task(id: $id) { id title completedAt createdAt priority } }',
  'query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }',
  'mutation { a: completeTask(input: { id: "x" }) { task { id } } b: deleteTask(input: { id: "y" }) { deletedTaskId } }',
  'mutation { a: deleteTask(input: { id: "y" }) { deletedTaskId } }',
  'subscription { taskChanged { kind } }',
  '{ __schema { queryType { name } } }',
  '{ __type(name: "Task") { name } }',
  '{ viewer { id } ',
  '{ nothing }',
  '{ task }',
  '',
  'fragment v on Viewer { id }',
  `{ ${Array.from({ length: 16 }, (_, n) => `a${n}: __typename`).join(' ')} }`,
  `{ ${Array.from({ length: 4 }, (_, n) => `a${n}: tasks(first: 100) { nodes { id title labels priority dueOn } totalCount }`).join(' ')} }`,
]

describe('a POST of JSON', () => {
  it(`is answered as Yoga answers it, for ${requestCount} requests`, { timeout: 600_000 }, async ({
    app,
    ada,
  }) => {
    const id = await ada.createTask({ title: 'One', labels: ['Home'], dueOn: '2026-11-24' })
    for (const title of ['Two', 'Three']) await ada.createTask({ title })
    const narrow = (scope: string) => app.signToken({ sub: ada.id, scope })
    const tokens = [ada.token, ada.token, '', narrow(''), ...grantableScopes.map(narrow)]
    let direct = 0
    const compare = async (sent: Sent) => {
      const [complete, answer] = [
        await send(app, '/graphql?', sent),
        await send(app, '/graphql', sent),
      ]
      expect(complete.isDirect).toBe(false)
      if (answer.isDirect) direct++
      expect(masked(answer)).toEqual(masked(complete))
    }
    const requests = generateRequests(tokens, () => id)
    await fc.assert(fc.asyncProperty(requests, compare), { seed: testSeed, numRuns: requestCount })
    expect(direct).toBeGreaterThan(requestCount / 4) // otherwise two answers of Yoga were compared
  })

  it('costs as many points as through Yoga', async ({ app }) => {
    const bob = await app.signUp('Bob')
    setUptime(performance.now()) // slow statements cost further points
    for (const query of [...oddDocuments, ...places.map((place) => documentOf(place, 'none'))]) {
      const sent = { token: bob.token, headers: {}, body: JSON.stringify({ query, variables: {} }) }
      const spent: number[] = []
      for (const path of ['/graphql', '/graphql', '/graphql', '/graphql?']) {
        const before = await pointsLeft(app, sent)
        await send(app, path, sent)
        spent.push(before - (await pointsLeft(app, sent)))
      }
      expect(spent.map((points) => points - (spent[3] ?? 0))).toEqual([0, 0, 0, 0])
    }
  })
})

describe('a POST of JSON from a caller without points', () => {
  it('is refused as Yoga refuses it, whether its document is known or new', async () => {
    const app = await startApp({ variables: { GRAPHQL_POINTS_PER_MINUTE: '3' } })
    onTestFinished(app.close)
    const { token } = await app.signUp('Ada')
    const post = (path: string, query: string) =>
      send(app, path, { token, headers: {}, body: JSON.stringify({ query }) })
    for (const path of ['/graphql?', '/graphql', '/graphql']) await post(path, '{ __typename }')
    for (const query of ['{ __typename }', '{ viewer { id } }', '{']) {
      const [complete, direct] = [await post('/graphql?', query), await post('/graphql', query)]
      expect(direct.status).toBe(429)
      expect(withoutReset(direct)).toEqual(withoutReset(complete))
    }
  })
})

/** Without the times and seconds until the points are renewed. */
function withoutReset(answer: Answer) {
  const { bytes, headers, ...others } = masked(answer)
  return {
    ...others,
    headers: { ...headers, 'retry-after': undefined },
    bytes: bytes.replace(/"resetAt":"[^"]*"/, '').replace(/\d+ seconds?/, ''),
  }
}

function generateRequests(tokens: string[], ownId: () => string): fc.Arbitrary<Sent> {
  const fixed = [...oddDocuments, ...places.map((place) => documentOf(place, 'none'))]
  const operations = fc.oneof(
    ...searches(ownId).map(([, query, variables]) =>
      fc.record(
        {
          query: fc.constant(query),
          variables: mostly(variables),
          extensions: fc.record({ dryRun: fc.constantFrom(true, true, true, false, 'true') }),
        },
        { requiredKeys: ['query', 'variables'] },
      ),
    ),
    fc.record({ query: fc.constantFrom(...fixed) }),
    fc.record({
      query: fc.constantFrom(...fixed),
      variables: mostly(
        someOf({ id: fc.constant(undefined).map(ownId), on: fc.boolean(), first: fc.nat(110) }),
      ),
      operationName: fc.constantFrom(undefined, null, '', 'A', 'B', 'C'),
      extensions: fc.constantFrom(
        undefined,
        { cost: true },
        { cost: false },
        { dryRun: true },
        { dryRun: false },
        { dryRun: true, cost: true },
        { dryRun: 'true' },
        { dryRun: null },
        { clientLibrary: { name: '@apollo/client' } },
        Array.from({ length: 3_000 }, () => 0),
        { many: Array.from({ length: 3_000 }, () => 0) },
      ),
    }),
  )
  const bodies = fc.oneof(
    { weight: 12, arbitrary: operations.map((body) => JSON.stringify(body)) },
    {
      weight: 1,
      arbitrary: fc
        .record({
          query: mostly(fc.constantFrom(...fixed)),
          variables: anything,
          operationName: anything,
          extensions: anything,
          more: anything,
        })
        .map((body) => JSON.stringify(body)),
    },
    { weight: 1, arbitrary: fc.oneof(fc.json(), oddText) },
  )
  const oddHeaders = {
    accept: fc.constantFrom(
      '*/*',
      'application/json',
      'application/graphql-response+json',
      'application/graphql-response+json, application/json;q=0.9',
      'application/json, application/graphql-response+json, text/event-stream, multipart/mixed',
      'text/event-stream',
      'application/*; charset=utf-8',
      'application/json; charset=latin1',
      'text/html',
      '',
    ),
    origin: fc.constantFrom('https://app.example.com', 'null'),
    'content-type': fc.constantFrom(
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON;charset=UTF-8',
      'application/json; charset=latin1',
      'text/plain',
    ),
    'x-forwarded-for': fc.constant('192.0.2.1'),
    'content-encoding': fc.constantFrom('gzip', 'identity'),
  }
  // Mostly one at a time: several together leave few requests to the direct way.
  const one = fc.oneof(
    ...Object.entries(oddHeaders).map(([name, values]) => fc.record({ [name]: values })),
  )
  const several = someOf(oddHeaders) as fc.Arbitrary<Record<string, string>>
  const plain = fc.constant<Record<string, string>>({})
  return fc.record({
    // Few bad ones: an address may send 3,000 in a minute.
    token: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...tokens) },
      { weight: 1, arbitrary: fc.constant('bad') },
    ),
    headers: fc.oneof(
      { weight: 3, arbitrary: plain },
      { weight: 3, arbitrary: one },
      { weight: 1, arbitrary: several },
    ),
    body: bodies,
  })
}

/** Uses node:http, because fetch would correct odd headers. */
function send(app: App, path: string, { token, headers, body }: Sent): Promise<Answer> {
  const credential = token === '' ? undefined : { authorization: `Bearer ${token}` }
  const all = { 'content-type': 'application/json', ...credential, ...headers }
  return new Promise((resolve, reject) => {
    // As an option: a URL would lose the question mark.
    const request = httpRequest(app.url, { path, method: 'POST', headers: all })
    request.once('error', reject).once('response', async (response) => {
      const { statusCode: status, headers, rawHeaders } = response
      const isStream = headers['content-type']?.startsWith('text/event-stream')
      const text = isStream ? '' : (await response.toArray()).join('')
      if (isStream) response.destroy() // it would never end
      // Yoga sends this name in lower case.
      resolve({ status, headers, text, isDirect: rawHeaders.includes('Content-Length') })
    })
    request.end(body)
  })
}

/** Without what differs between any two requests: times of a changed task, and the id of a new one. */
function masked({ status, headers, text }: Answer) {
  const { date, 'x-request-id': requestId, 'ratelimit-remaining': _left, ...others } = headers
  const isCreation = text.includes('"createTask"')
  const isChange = isCreation || /"(update|complete|reopen)Task"/.test(text)
  const bytes = text
    .replaceAll(String(requestId), 'REQUEST')
    .replaceAll(/"(remaining":\d+|resetAt":"[^"]*")/g, 'POINTS')
    .replaceAll(isCreation ? /VGFzazo[\w=]+/g : /(?!)/g, 'ID')
    .replaceAll(isChange ? /\d{4}-\d\d-\d\dT[\d:.]+Z/g : /(?!)/g, 'TIME')
  return { status, headers: { ...others, 'ratelimit-reset': undefined }, bytes }
}

async function pointsLeft(app: App, { token }: Sent): Promise<number> {
  const body = JSON.stringify({ query: '{ __typename }' })
  const { headers } = await send(app, '/graphql', { token, headers: {}, body })
  return Number(headers['ratelimit-remaining'])
}
