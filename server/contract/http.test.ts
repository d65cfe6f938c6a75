import { readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { serverAudits } from 'graphql-http'
import { describe, expect, onTestFinished } from 'vitest'
import { type App, jsonHeaders, readAnswer, startApp } from '../testing/app.ts'
import { it } from '../testing/test.ts'

const createDocument = 'mutation { createTask(input: { title: "No" }) { task { id } } }'
const anotherOrigin = { Origin: 'https://tasks.example.com' }

describe('GraphQL over HTTP', () => {
  let url: string
  const audits = serverAudits({ url: () => url })
  it.beforeAll(({ app }) => {
    url = `${app.url}/graphql`
  })

  it.each(audits)('$id: $name', async ({ fn }) => {
    expect(await fn()).toMatchObject({ status: 'ok' })
  })
})

describe('pages of other origins', () => {
  it('may call the API with a token, but not with cookies', async ({ app }) => {
    const preflight = await app.request('/graphql', {
      method: 'OPTIONS',
      headers: {
        ...anotherOrigin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    })
    expect(preflight.status).toBe(204)
    expect(corsOf(preflight)).toEqual({ origin: '*', credentials: null })
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toBe('GET, POST')
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toMatch(/authorization/)
  })

  it.for<[string, RequestInit]>([
    ['an answer', post('{ __typename }')],
    ['a refusal of a missing token', post('{ viewer { id } }')],
    ['a refusal of a bad token', post('{ __typename }', { Authorization: 'Bearer bad' })],
    ['a refusal of a body', { method: 'POST', body: 'query={__typename}' }],
  ])('may read %s', async ([_kind, init], { app }) => {
    const headers = { ...init.headers, ...anotherOrigin }
    const response = await app.request('/graphql', { ...init, headers })
    expect(corsOf(response)).toEqual({ origin: '*', credentials: null })
    expect(response.headers.get('Access-Control-Expose-Headers')).toMatch(/WWW-Authenticate/)
  })
})

describe('a request in an unsupported form', () => {
  const form = new FormData()
  form.set('operations', JSON.stringify({ query: createDocument }))
  form.set('map', '{}')

  it.for<[string, number, RequestInit]>([
    ['url-encoded', 415, { body: new URLSearchParams({ query: createDocument }) }],
    ['multipart', 415, { body: form }],
    ['as text', 415, { body: JSON.stringify({ query: createDocument }) }],
    ['as application/graphql', 415, typed('application/graphql', createDocument)],
    ['as JSON under another type', 415, typed('application/x-json', jsonOf(createDocument))],
    ['as JSON with a type like ours', 415, typed('application/jsonp', jsonOf(createDocument))],
    ['as JSON without a type', 415, { body: new Blob([jsonOf(createDocument)]) }],
    ['in a batch', 400, typed('application/json', `[${jsonOf(createDocument)}]`)],
    ['with an unknown member and no document', 400, typed('application/json', '{"token":"a"}')],
    ['with no document', 400, typed('application/json', '{}')],
    ['as null', 400, typed('application/json', 'null')],
    ['as broken JSON', 400, typed('application/json', '{"query":')],
  ])('is refused and writes nothing: %s', async ([_kind, status, init], { app, ada }) => {
    const headers = { ...init.headers, Authorization: `Bearer ${ada.token}` }
    const answer = await readAnswer(
      await app.request('/graphql', { ...init, method: 'POST', headers }),
    )
    expect(answer.status).toBe(status)
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT'])
    expect(await countTasks(app)).toBe(0)
  })

  it('cannot run a mutation by GET', async ({ app, ada }) => {
    const path = `/graphql?query=${encodeURIComponent(createDocument)}`
    const headers = { Authorization: `Bearer ${ada.token}` }
    const answer = await readAnswer(await app.request(path, { headers }))
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('POST')
    expect(await countTasks(app)).toBe(0)
  })

  it.for(['variables', 'extensions'])(
    'cannot have broken JSON as %s in a GET',
    async (name, { app }) => {
      const answer = await readAnswer(await app.request(`/graphql?query={__typename}&${name}={`))
      expect(answer.status).toBe(400)
      expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: name })
    },
  )

  it('can run a query by GET', async ({ app, ada }) => {
    const headers = { Authorization: `Bearer ${ada.token}` }
    const answer = await app.request('/graphql?query={viewer{id}}', { headers })
    expect(await answer.json()).toEqual({ data: { viewer: { id: ada.id } } })
  })
})

describe('a request of an honest client', () => {
  const query = '{ viewer { id } }'

  it.for<[string, string, object]>([
    ['a member of Apollo Client', 'application/json', { query, operationType: 'query' }],
    ['a member that is an object', 'application/json', { query, more: { token: 'a' } }],
    ['a hash of the document', 'application/json', { query, extensions: { persistedQuery: {} } }],
    ['its type in capitals', 'Application/JSON; Charset=UTF-8', { query }],
  ])('is answered with %s, new and known', async ([_name, type, body], { app, ada }) => {
    for (let times = 0; times < 3; times++) {
      const headers = { Authorization: `Bearer ${ada.token}`, 'Content-Type': type }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      const { status, body: answer } = await readAnswer(await app.request('/graphql', init))
      expect({ status, answer }).toEqual({
        status: 200,
        answer: { data: { viewer: { id: ada.id } } },
      })
    }
  })

  it('for a persisted document is refused in words that its client understands', async ({
    app,
    ada,
  }) => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } }
    const response = await app.request('/graphql', {
      method: 'POST',
      headers: { ...jsonHeaders, Authorization: `Bearer ${ada.token}` },
      body: JSON.stringify({ extensions }),
    })
    expect(response.status).toBe(400)
    const { errors } = await response.json()
    expect(errors).toEqual([
      {
        message: 'PersistedQueryNotSupported',
        extensions: { code: 'BAD_USER_INPUT', field: 'extensions' },
      },
    ])
  })
})

describe('a bad value is refused with BAD_USER_INPUT and the name of its field', () => {
  const create = (input: object) =>
    [
      'mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }',
      { input: { title: 'Read', ...input } },
    ] as const
  const tasks = (args: string, variables = {}) =>
    [`{ tasks(${args}) { totalCount } }`, variables] as const

  it.for<[field: string, kind: string, readonly [document: string, variables: object]]>([
    ['title', 'blank', create({ title: ' \n' })],
    ['title', 'too long', create({ title: 'a'.repeat(256) })],
    ['title', 'null', create({ title: null })],
    ['title', 'of another type', create({ title: 7 })],
    ['title', 'with a null character', create({ title: 'a\0b' })],
    ['title', 'with half a character', create({ title: '\ud800' })],
    ['description', 'too long', create({ description: 'a'.repeat(2001) })],
    ['dueOn', 'no date', create({ dueOn: 'tomorrow' })],
    ['dueOn', 'not in the calendar', create({ dueOn: '2026-02-29' })],
    ['dueOn', 'in the year 0', create({ dueOn: '0000-01-01' })],
    ['dueOn', 'a moment', create({ dueOn: '2026-02-28T00:00:00Z' })],
    ['priority', 'unknown', create({ priority: 'URGENT' })],
    ['labels', 'too many', create({ labels: Array.from({ length: 11 }, (_, n) => `${n}`) })],
    ['labels', 'blank', create({ labels: [' '] })],
    ['labels', 'too long', create({ labels: ['a'.repeat(51)] })],
    ['labels', 'null in them', create({ labels: [null] })],
    ['idempotencyKey', 'empty', create({ idempotencyKey: '' })],
    ['idempotencyKey', 'too long', create({ idempotencyKey: 'a'.repeat(65) })],
    ['id', 'for the client to choose', create({ id: 'a' })],
    ['createdAt', 'for the client to choose', create({ createdAt: '2026-11-24T00:00:00Z' })],
    ['__proto__', 'unknown', create(JSON.parse('{"__proto__":{"title":"a"}}'))],
    ['constructor', 'unknown', create({ constructor: 'a' })],
    ['first', 'too small', tasks('first: 0')],
    ['first', 'too large', tasks('first: 101')],
    ['first', 'negative', tasks('first: -1')],
    ['first', 'of another type', tasks('first: "1"')],
    ['first', 'too large a number', tasks('first: 2147483648')],
    ['first', 'an object', tasks('first: {}')],
    ['filter', 'of another type', tasks('filter: 7')],
    ['labels', 'with another type in them', tasks('filter: { labels: ["a:b", 7] }')],
    [
      'title',
      'null in the document',
      ['mutation { createTask(input: { title: null }) { task { id } } }', {}],
    ],
    ['last', 'too large', tasks('last: 101')],
    ['last', 'given with first', tasks('first: 1, last: 1')],
    ['after', 'no cursor', tasks('after: "?"')],
    ['before', 'no cursor', tasks('before: ""')],
    ['search', 'with a null character', tasks('filter: { search: "\\u0000" }')],
    ['search', 'too long', tasks(`filter: { search: "${'a'.repeat(256)}" }`)],
    ['dueOnOrAfter', 'no date', tasks('filter: { dueOnOrAfter: "soon" }')],
    ['field', 'unknown', tasks('orderBy: { field: OWNER, direction: ASC }')],
    ['direction', 'missing', tasks('orderBy: { field: TITLE }')],
    ['owner', 'unknown', tasks('filter: { owner: "a" }')],
    ['ids', 'too many', [`{ nodes(ids: [${'"?",'.repeat(101)}]) { id } }`, {}]],
  ])('%s %s', async ([field, _kind, [document, variables]], { ada }) => {
    const { body } = await ada.query(document, { ...variables })
    const errors = body.errors?.map(({ extensions }) => extensions)
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field }])
  })
})

describe('an unexpected failure', () => {
  it('is masked, and the answer has the request id of its log line', async () => {
    const broken = await startApp()
    onTestFinished(broken.close)
    const bob = await broken.signUp('Bob')
    await broken.pool.query('alter table tasks rename to tasks_away')
    const answer = await bob.query('{ tasks { nodes { title } } }')
    const requestId = answer.headers.get('X-Request-Id')
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({
      data: null,
      errors: [
        {
          message: expect.stringContaining(String(requestId)),
          path: ['tasks'],
          locations: [expect.anything()],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
        },
      ],
    })
    expect(JSON.stringify(answer.body)).not.toMatch(/select|relation|\bat \w|\.ts/i)
  })
})

describe('each request', () => {
  it('has a unique id that a client cannot choose', async ({ app }) => {
    const headers = { 'X-Request-Id': 'mine' }
    const answers = await Promise.all([1, 2].map(() => app.request('/health/live', { headers })))
    const ids = answers.map((answer) => answer.headers.get('X-Request-Id'))
    expect(new Set([...ids, 'mine']).size).toBe(3)
  })

  it.for(['a b', '::', '[', 'http://', '%', 'localhost:99999999', ''])(
    'is served with any Host header: "%s"',
    async (host, { app }) => {
      expect(await getWithHost(app, '/graphql?query={__typename}', host)).toBe(200)
      expect(await getWithHost(app, '/api/auth/jwks', host)).toBe(200)
    },
  )
})

describe('/schema.graphql', () => {
  it('serves the committed schema', async ({ app }) => {
    const committed = await readFile(
      new URL('../../schema/schema.graphql', import.meta.url),
      'utf8',
    )
    expect(await (await app.request('/schema.graphql')).text()).toBe(committed)
  })
})

describe('/health', () => {
  it.for(['live', 'ready'])('says that the product is %s', async (kind, { app }) => {
    expect((await app.request(`/health/${kind}`)).status).toBe(200)
  })
})

function typed(type: string, body: string): RequestInit {
  return { headers: { 'Content-Type': type }, body }
}

function jsonOf(query: string): string {
  return JSON.stringify({ query })
}

function post(query: string, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', headers: { ...jsonHeaders, ...headers }, body: jsonOf(query) }
}

function corsOf({ headers }: Response) {
  return {
    origin: headers.get('Access-Control-Allow-Origin'),
    credentials: headers.get('Access-Control-Allow-Credentials'),
  }
}

function codesOf({ body }: { body: { errors?: { extensions: { code?: unknown } }[] } }) {
  return body.errors?.map(({ extensions }) => extensions.code)
}

async function countTasks(app: App): Promise<number> {
  const { rows } = await app.pool.query('select count(*)::int as count from tasks')
  return rows[0].count
}

/** Uses node:http, because fetch sets the Host header itself. */
function getWithHost(app: App, path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(app.url + path, { headers: ['Host', host, 'Connection', 'close'] })
    request.once('error', reject).once('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.end()
  })
}
