import { request as httpRequest } from 'node:http'
import fc from 'fast-check'
import { getIntrospectionQuery } from 'graphql'
import { describe, expect } from 'vitest'
import { readRuns, testSeed as seed } from '#db/testing/random.ts'
import { errorCodes } from '#schema/errors.ts'
import { type App, type GraphqlBody, manyPoints } from '../testing/app.ts'
import {
  anything,
  mostly,
  oddCursor,
  oddDate,
  oddDateTime,
  oddId,
  oddText,
  searches,
  someOf,
} from '../testing/arbitraries.ts'
import { withVariables } from '../testing/test.ts'

/*
 * For every input the answer has a code of the contract and is never a server error. FUZZ_RUNS
 * changes the number of inputs of each search, TEST_SEED repeats a search that failed.
 */

const numRuns = readRuns('FUZZ_RUNS', { local: 50, ci: 500 })
const withTimeout = { timeout: 300_000 }

type PostJson = (path: string, body: string, headers?: Record<string, string>) => Promise<Sent>

const it = withVariables(manyPoints).extend('postJson', { scope: 'file' }, ({ app, ada }) => {
  const own = { 'Content-Type': 'application/json', Authorization: `Bearer ${ada.token}` }
  const postJson: PostJson = (path, body, headers) =>
    send(app, { method: 'POST', path, headers: { ...own, ...headers }, body })
  return postJson
})

let taskId: string
it.beforeAll(async ({ ada }) => {
  taskId = await ada.createTask({ labels: ['Home'], dueOn: '2026-11-24' })
})

describe('GraphQL never answers a server error', () => {
  it.for(searches(() => taskId))(
    'for any variables of %s',
    withTimeout,
    async ([_name, query, kind], { postJson }) => {
      await search(fc.oneof({ weight: 20, arbitrary: kind }, anything), async (variables) => {
        expectContract(await postJson('/graphql', JSON.stringify({ query, variables })))
      })
    },
  )

  it('for any body', withTimeout, async ({ postJson }) => {
    const parts = someOf({
      query: mostly(fc.constantFrom('{ viewer { id } }', '{', '', getIntrospectionQuery())),
      variables: anything,
      operationName: anything,
      extensions: anything,
    })
    const bodies = fc.oneof(
      parts.map((body) => JSON.stringify(body)),
      fc.json(),
      oddText,
    )
    await search(bodies, async (body) => expectContract(await postJson('/graphql', body)))
  })

  it('for any literal in a document', withTimeout, async ({ postJson }) => {
    const literals = fc.oneof(anything, oddDate, oddDateTime, oddCursor, oddId)
    const places = fc.constantFrom<(literal: string) => string>(
      (literal) => `{ tasks(first: ${literal}) { totalCount } }`,
      (literal) => `{ tasks(after: ${literal}, filter: { search: ${literal} }) { totalCount } }`,
      (literal) => `{ tasks(filter: { dueOnOrAfter: ${literal} }) { totalCount } }`,
      (literal) => `{ task(id: ${literal}) { id } }`,
      (literal) => `mutation { createTask(input: { title: ${literal} }) { task { id } } }`,
      (literal) =>
        `mutation { updateTask(input: { id: "a", ifUpdatedAt: ${literal} }) { task { id } } }`,
    )
    await search(fc.tuple(places, literals), async ([place, literal]) => {
      const body = JSON.stringify({ query: place(JSON.stringify(literal)) })
      expectContract(await postJson('/graphql', body))
    })
  })

  it('for any query string', withTimeout, async ({ app }) => {
    const parts = someOf({
      query: mostly(fc.constantFrom('{ viewer { id } }', '{ __typename }')),
      variables: oddText,
      operationName: oddText,
      extensions: oddText,
    })
    await search(fc.oneof(parts, fc.dictionary(oddText, oddText)), async (given) => {
      // Not String(value): the object may have its own toString.
      const textOf = (value: unknown) =>
        typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
      const pairs = Object.entries(given).map(([name, value]) => [name, textOf(value)])
      const path = `/graphql?${new URLSearchParams(pairs)}`
      fc.pre(path.length < 8_000) // Node itself refuses a longer one
      expectContract(await send(app, { path }))
    })
  })
})

describe('no account route answers a server error', () => {
  it('for any body', withTimeout, async ({ app, ada, postJson }) => {
    const routes = ['sign-up/email', 'sign-in/email', 'sign-in/social', 'sign-out', 'get-session']
    const more = ['update-user', 'change-password', 'change-email', 'delete-user', 'revoke-session']
    const fields = ['email', 'password', 'newPassword', 'name', 'image', 'callbackURL', 'token']
    const body = someOf(Object.fromEntries(fields.map((name) => [name, mostly(oddText)])))
    const bodies = fc.oneof(
      body.map((given) => JSON.stringify(given)),
      fc.json(),
      oddText,
    )
    const headers = { Origin: app.url, Cookie: ada.cookie }
    await search(fc.tuple(fc.constantFrom(...routes, ...more), bodies), async ([route, given]) => {
      expect((await postJson(`/api/auth/${route}`, given, headers)).status).toBeLessThan(500)
    })
  })
})

describe('no request is answered with a server error', () => {
  const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code))
  const line = fc.string({ unit: printable, maxLength: 30 })
  const known = ['graphql', '/graphql', 'api/auth/', 'api/auth/token', 'schema.graphql', 'assets/']
  const odd = ['%', '%00', '%E0%A4%A', '..', '../..', '?', ';', '//', ':', '@']

  it('for any method, path, host and headers', withTimeout, async ({ app }) => {
    const names = ['Host', 'Accept', 'Authorization', 'Cookie', 'Origin', 'Content-Type', 'Range']
    const more = ['Content-Encoding', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'If-None-Match']
    const requests = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
      path: fc.oneof(line, fc.constantFrom(...known, ...odd)).map((path) => `/${path}`),
      headers: fc.dictionary(fc.constantFrom(...names, ...more), line),
    })
    await search(requests, async (request) => {
      expect((await send(app, request)).status).toBeLessThan(500)
    })
  })
})

function search<T>(kind: fc.Arbitrary<T>, tryOut: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(kind, tryOut), { seed, numRuns })
}

type Sent = { status: number; text: string }
type Request = { method?: string; path: string; headers?: Record<string, string>; body?: string }

/** Uses node:http, because fetch would correct odd paths and headers. */
function send(app: App, { method = 'GET', path, headers = {}, body }: Request): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(app.url, { method, path, headers })
    request.once('error', reject).once('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, text: (await response.toArray()).join('') })
    })
    request.end(body)
  })
}

function expectContract({ status, text }: Sent): void {
  const { errors = [] } = JSON.parse(text) as GraphqlBody
  const codes = errors.map(({ extensions }) => extensions.code)
  expect(status).toBeLessThan(500)
  expect(errorCodes).toEqual(expect.arrayContaining(codes))
  expect(codes).not.toContain('INTERNAL_SERVER_ERROR')
}
