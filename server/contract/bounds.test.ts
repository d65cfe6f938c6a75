import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { getIntrospectionQuery } from 'graphql'
import { describe, expect } from 'vitest'
import { maxBodyBytes } from '../http/request-limits.ts'
import { type Account, type App, jsonHeaders } from '../testing/app.ts'
import { it } from '../testing/test.ts'

const times = (count: number, make: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ')

const task = 'id title description completed completedAt dueOn priority labels createdAt updatedAt'
const nested = (field: string, levels: number) =>
  `${`{ ${field} `.repeat(levels)}{ name }${' }'.repeat(levels)}`
const viewers = (count: number) => `{ ${times(count, (n) => `a${n}: viewer { id }`)} }`

/** What is limited, an operation of a given size, the largest size allowed, the smallest refused. */
type Bound = [what: string, operation: (size: number) => string, max: number, tooMuch: number]

const bounds: Bound[] = [
  ['characters', (size) => '{ __typename }'.padEnd(size), 20_000, 20_001],
  ['tokens', tokens, 1_000, 1_001],
  ['aliases', viewers, 15, 16],
  ['aliases in a fragment', (size) => `{ ...f } fragment f on Query ${viewers(size)}`, 15, 16],
  ['aliases of __typename', (size) => `{ ${times(size, (n) => `a${n}: __typename`)} }`, 15, 16],
  [
    'directives',
    (size) => `{ ${times(size, () => '... @include(if: true) { __typename }')} }`,
    50,
    51,
  ],
  [
    'whole pages',
    (size) => `{ ${times(size, (n) => `a${n}: tasks(first: 100) { nodes { ${task} } }`)} }`,
    4,
    5,
  ],
  [
    'introspections',
    (size) => `{ ${times(size, (n) => `a${n}: __type(name: "Task") { name }`)} }`,
    9,
    10,
  ],
]

describe('the levels of an operation', () => {
  // No valid operation of this schema is so deep, so the refusal of one level less is another.
  it.for<[where: string, operation: (size: number) => string]>([
    ['', (size) => nested('viewer', size - 1)],
    ['in a fragment', (size) => `{ ...f } fragment f on Query ${nested('viewer', size - 1)}`],
  ])('are limited to 10 %s', async ([_where, operation], { ada }) => {
    const codes = await Promise.all(
      [10, 11].map(async (size) => {
        const { body } = await ada.query(operation(size))
        return body.errors?.some(({ extensions }) => extensions.code === 'OPERATION_TOO_COMPLEX')
      }),
    )
    expect(codes).toEqual([false, true])
  })

  it.for([
    `{ __type(name: "Task") ${nested('ofType', 20)} }`,
    `{ ...f } fragment f on Query { __type(name: "Task") ${nested('ofType', 20)} }`,
    `{ __schema { queryType ${nested('ofType', 20)} } }`,
  ])('do not include introspection: %s', async (operation, { ada }) => {
    const { status, body } = await ada.query(operation)
    expect([status, body.errors]).toEqual([200, undefined])
  })

  it.for(['{ __type(name: "Task") { F } }', '{ __schema { types { F } } }'])(
    'of introspection are limited by fields of fields: %s',
    async (operation, { ada }) => {
      const fields = 'fields { type { fields { type { fields { type { name } } } } } }'
      const { body } = await ada.query(operation.replace('F', fields))
      expect(body.errors?.[0]?.message).toBe('Maximum introspection depth exceeded')
    },
  )
})

describe.each(bounds)(
  'an operation limited by its number of %s',
  (_what, operation, max, tooMuch) => {
    it(`is served with ${max}`, async ({ ada }) => {
      const { status, body } = await ada.query(operation(max))
      expect(body.errors).toBeUndefined()
      expect(status).toBe(200)
    })

    it(`is refused with ${tooMuch}, with the reason`, async ({ ada }) => {
      const error = await refusalOf(ada, operation(tooMuch))
      expect(error?.message).toMatch(/\d.*\. Send a smaller request\.$/)
    })
  },
)

describe('mutations in one operation', () => {
  const writes = (size: number) =>
    `mutation { ${times(size, (n) => `a${n}: createTask(input: { title: "No" }) { task { ${task} } }`)} }`

  it('are all refused if there are 16, and none is executed', async ({ app, ada }) => {
    await refusalOf(ada, writes(16))
    expect(await countTasks(app)).toBe(0)
  })

  it('are executed if there are 15', async ({ app, ada }) => {
    expect((await ada.query(writes(15))).body.errors).toBeUndefined()
    expect(await countTasks(app)).toBe(15)
  })
})

// server/trials/abuse/hostile-requests.test.ts measures what such operations cost.
describe('an operation far beyond the limits is refused', () => {
  it.for<[string, string]>([
    ['5,000 levels', `${'{ a '.repeat(5_000)}${'}'.repeat(5_000)}`],
    ['unclosed levels', '{ a '.repeat(5_000)],
    ['1,000 aliases', viewers(1_000)],
    ['fields that must all be compared', `{ ${'viewer { id } '.repeat(2_000)}}`],
    ['a long list', `{ nodes(ids: [${'"a" '.repeat(5_000)}]) { id } }`],
    ['a fragment that doubles itself 50 times', doubling(50)],
  ])('%s', async ([_what, document], { ada }) => {
    await refusalOf(ada, document)
  })
})

describe('introspection', () => {
  it('is public, as tools request it', async ({ app }) => {
    const options = { specifiedByUrl: true, inputValueDeprecation: true, oneOf: true }
    const { body } = await app.query(getIntrospectionQuery(options))
    expect(body.errors).toBeUndefined()
  })
})

describe('a body', () => {
  const paths = ['/graphql', '/api/auth/sign-in/email', '/nowhere']
  const large = { status: 413, connection: 'close', code: 'OPERATION_TOO_COMPLEX' }

  it.for(['whole', 'chunked'] as const)(
    'of the maximum size is accepted: %s',
    async (way, { app }) => {
      const { status } = await post(app, '/graphql', bodyOf(maxBodyBytes), way)
      expect(status).toBe(200)
    },
  )

  it.for(paths)('with one more byte is refused, at %s', async (path, { app }) => {
    for (const way of ['whole', 'chunked'] as const) {
      expect(await post(app, path, bodyOf(maxBodyBytes + 1), way)).toMatchObject(large)
    }
  })

  it.for(['whole', 'chunked'] as const)('of ten megabytes is refused: %s', async (way, { app }) => {
    const before = process.memoryUsage.rss()
    expect(await post(app, '/graphql', bodyOf(10_000_000), way)).toMatchObject(large)
    expect(process.memoryUsage.rss() - before).toBeLessThan(50_000_000)
  })

  it('that is too large is refused before it is complete', async ({ app }) => {
    const request = open(app, '/graphql', { 'Transfer-Encoding': 'chunked' })
    const answered = once(request, 'response')
    request.write('x'.repeat(maxBodyBytes + 1))
    const [response] = (await answered) as [IncomingMessage]
    expect(response.statusCode).toBe(413)
    response.resume()
    await once(request, 'close')
  })

  it('may be chunked at the account routes', async ({ app, ada }) => {
    const body = JSON.stringify({ email: ada.email, password: ada.password })
    expect(await post(app, '/api/auth/sign-in/email', body, 'chunked')).toMatchObject({
      status: 200,
    })
  })
})

describe('headers', () => {
  it('are refused beyond 16 kB', async ({ app }) => {
    const { hostname, port } = new URL(app.url)
    const socket = connect(Number(port), hostname)
    socket.write(`GET /graphql?query=${'a'.repeat(16_500)} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 431 /)
    socket.destroy()
  })
})

/** The error OPERATION_TOO_COMPLEX, which must be the whole answer. */
async function refusalOf(ada: Account, document: string) {
  const { status, body } = await ada.query(document)
  expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['OPERATION_TOO_COMPLEX'])
  expect(body).not.toHaveProperty('data')
  expect(status).toBe(400)
  return body.errors?.[0]
}

/** Nine lists of ids that fill the document to `size` tokens. */
function tokens(size: number): string {
  const lists = 9
  const ids = size - 2 - 12 * lists
  const list = (n: number) => '"a" '.repeat(Math.floor((ids + n) / lists))
  return `{ ${times(lists, (n) => `a${n}: nodes(ids: [${list(n)}]) { id }`)} }`
}

/** The last fragment is spread 2^count times. */
function doubling(count: number): string {
  const fragments = times(count, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)
  return `{ ...f0 } ${fragments} fragment f${count} on Query { viewer { id } }`
}

/** A valid request of the given length. */
function bodyOf(bytes: number): string {
  const empty = JSON.stringify({ query: '{ __typename }', variables: { a: '' } })
  return empty.replace('""', `"${'a'.repeat(bytes - empty.length)}"`)
}

function open(app: App, path: string, headers: Record<string, string | number>): ClientRequest {
  return httpRequest(app.url + path, {
    method: 'POST',
    headers: { ...jsonHeaders, Origin: app.url, ...headers },
  })
}

async function post(app: App, path: string, body: string, way: 'whole' | 'chunked') {
  const request = open(app, path, {})
  if (way === 'whole') request.setHeader('Content-Length', body.length)
  request.on('error', () => {}) // the server may close the connection after its response
  const answered = once(request, 'response')
  for (let at = 0; at < body.length; at += 65_536) request.write(body.slice(at, at + 65_536))
  request.end()
  const [response] = (await answered) as [IncomingMessage]
  const text = (await response.toArray()).join('')
  return {
    status: response.statusCode,
    connection: response.headers.connection,
    code: codeIn(text),
  }
}

function codeIn(text: string): unknown {
  const answer = JSON.parse(text)
  return answer.errors?.[0].extensions.code ?? answer.code
}

async function countTasks(app: App): Promise<number> {
  const { rows } = await app.pool.query('select count(*)::int as count from tasks')
  return rows[0].count
}
