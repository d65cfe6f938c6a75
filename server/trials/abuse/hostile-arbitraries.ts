import fc from 'fast-check'
import {
  graphqlPost,
  type HostileRequest,
  hostileBodyBytes,
  jsonPost,
  range,
} from './hostile-requests.ts'

/** Creates the same request again with another comment in its document. */
export type CreateRequest = () => HostileRequest

/** Longest URL that is accepted, in bytes. */
const urlBytes = 15_000
/** Most tokens of a document that is parsed. */
const literalTokens = 950

const sizes = fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 20_000 }))
const leaf = fc.constantFrom<unknown>(1, 'a', null, {}, [], true, { a: 1 }, [[]])

/** Most levels that JSON.stringify writes without a stack overflow. */
const maxLevels = 3_000

function nest(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels))
}

/** A value that is large in one dimension: wide, long, deep, or a long text or name. */
const largeValue: fc.Arbitrary<unknown> = fc
  .tuple(fc.constantFrom('object', 'list', 'levels', 'text', 'name', 'mixed'), sizes, leaf)
  .map(([shape, size, value]) => {
    if (shape === 'object') return Object.fromEntries(range(size, (n) => [`f${n}`, value]))
    if (shape === 'list') return range(size, () => value)
    if (shape === 'levels') return nest(Math.min(size, maxLevels))
    if (shape === 'text') return 'a. '.repeat(size)
    if (shape === 'name') return { ['title '.repeat(size)]: value }
    return range(Math.ceil(size / 20), (n) => ({ [`f${n}`]: range(10, () => value) }))
  })

const variablePlaces: ((value: unknown) => [document: string, variables: object])[] = [
  (i) => [
    'mutation($i: CreateTaskInput!) { createTask(input: $i) { task { id } } }',
    { i: { title: i } },
  ],
  (i) => ['mutation($i: CreateTaskInput!) { createTask(input: $i) { task { id } } }', { i }],
  (labels) => [
    'mutation($i: CreateTaskInput!) { createTask(input: $i) { task { id } } }',
    { i: { title: 'a', labels } },
  ],
  (ids) => ['query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids }],
  (f) => ['query($f: TaskFilter) { tasks(filter: $f) { totalCount } }', { f }],
  (labels) => [
    `query($f: TaskFilter) { ${aliased('tasks(first: 1, filter: $f) { totalCount }')} }`,
    { f: { labels } },
  ],
  (a) => [`query($a: String) { ${aliased('tasks(first: 1, after: $a) { totalCount }')} }`, { a }],
  (document) => [
    'query($d: String!) { operationAccess(document: $d) { allowed } }',
    { d: document },
  ],
  (unknown) => ['{ __typename }', { unknown }],
]

function aliased(field: string): string {
  return range(15, (n) => `a${n}: ${field}`).join(' ')
}

const variables = fc
  .tuple(fc.constantFrom(...variablePlaces), largeValue)
  .map(([place, value]): CreateRequest => {
    const [document, given] = place(value)
    return () => graphqlPost('variables', document, given)
  })

const selections = fc.constantFrom(
  'viewer { id } ',
  '__typename ',
  'tasks { nodes { id title } edges { node { id } } } ',
  'unknownField ',
  'titel: viewer { emial } ',
  '...f ',
  '...g ',
  '...missing ',
  '... { __typename } ',
  '... on Query { viewer { id } } ',
  '@skip(if: $x) ',
  'nodes(ids: ["a"]) { id } ',
)
const literals = fc.constantFrom('["a"]', '{a: 1}', '$v', '"a"', '1', 'A', '[[]]')

/** A document that repeats a few selections, in fragments or nested. */
const documents = fc
  .tuple(
    fc.array(selections, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: 500 }),
    fc.integer({ min: 0, max: 150 }),
    fc.integer({ min: 0, max: 60 }),
  )
  .map(([parts, times, levels, fragments]): CreateRequest => {
    const text = parts.join('').repeat(times)
    const inline = `${'... { '.repeat(levels)}${text}${'} '.repeat(levels)}`
    const chain = range(fragments, (n) => `fragment f${n} on Query { ...f${n + 1} __typename }`)
    const own = `fragment f on Query { __typename ...g } fragment g on Query { __typename }`
    return () => graphqlPost('documents', `{ ${inline} } ${own} ${chain.join(' ')}`)
  })

const literalDocuments = fc
  .tuple(literals, fc.integer({ min: 1, max: literalTokens / 2 }), fc.nat(4))
  .map(([literal, count, place]): CreateRequest => {
    const list = `[${`${literal} `.repeat(count)}]`
    const fields = range(count, (n) => `f${n}: ${literal}`).join(' ')
    const document = [
      `{ nodes(ids: ${list}) { id } }`,
      `mutation { createTask(input: { ${fields} }) { task { id } } }`,
      `query($f: TaskFilter = { ${fields} }) { tasks(filter: $f) { totalCount } }`,
      `{ tasks(${fields}) { totalCount } }`,
      `query(${range(count, (n) => `$v${n}: Int`).join(' ')}) { nodes(ids: ${list}) { id } }`,
    ][place]
    return () => graphqlPost('literals', document ?? '')
  })

const messages = fc.tuple(fc.nat(5), largeValue).map(([place, value]): CreateRequest => {
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' }
  const create = (given: unknown) => ({ name: 'create_task', arguments: given })
  const message = [
    { ...call, params: create(value) },
    { ...call, params: create({ title: 'a', labels: value }) },
    { ...call, params: { name: JSON.stringify(value), arguments: {} } },
    { ...call, params: value },
    { ...call, method: JSON.stringify(value) },
    { ...call, id: value, params: create({ title: 'a' }) },
  ][place]
  return () => jsonPost('messages', '/mcp', message, false)
})

const accountRoutes = [
  'sign-in/email',
  'sign-up/email',
  'oauth2/register',
  'oauth2/token',
  'oauth2/consent',
  'access-token/create',
  'token/exchange',
  'update-user',
  'sign-in/social',
]
const accountFields = [
  'email',
  'password',
  'redirect_uris',
  'scopes',
  'scope',
  'name',
  'client_name',
]

const bodies = fc
  .tuple(
    fc.constantFrom(...accountRoutes),
    fc.option(fc.constantFrom(...accountFields)),
    largeValue,
  )
  .map(([route, field, value]): CreateRequest => {
    const body = field === null ? value : { [field]: value }
    return () => jsonPost('bodies', `/api/auth/${route}`, body)
  })

const pairs = fc
  .tuple(
    fc.constantFrom('a', 'scope', 'resource', 'query', 'client_id', 'redirect_uri', '%00', 'a[b]'),
    fc.constantFrom('', '1', 'tasks:read+', '%5B', 'https://a.example/'),
    sizes,
    fc.boolean(),
  )
  .map(([name, value, size, isOne]) =>
    isOne ? `${name}=${value.repeat(size)}` : range(size, () => `${name}=${value}`).join('&'),
  )

const forms = fc
  .tuple(fc.constantFrom('token/exchange', 'oauth2/token', 'oauth2/revoke', 'sign-in/email'), pairs)
  .map(([route, body]): CreateRequest => {
    const type = 'application/x-www-form-urlencoded'
    const path = `/api/auth/${route}`
    return () => ({ name: 'forms', path, method: 'POST', type, body, isOpen: true })
  })

const queries = fc
  .tuple(
    fc.constantFrom('/graphql?', '/graphql?query={__typename}&', '/api/auth/oauth2/authorize?'),
    pairs,
  )
  .map(([path, query]): CreateRequest => {
    const whole = (path + query).slice(0, urlBytes)
    return () => ({ name: 'queries', path: whole, method: 'GET', isOpen: true })
  })

/** Requests within the limits of HTTP, each large in one dimension. */
export const hostileRequests: fc.Arbitrary<CreateRequest> = fc
  .oneof(variables, documents, literalDocuments, messages, bodies, forms, queries)
  .filter((create) => (create().body?.length ?? 0) <= hostileBodyBytes)
