import { randomUUID } from 'node:crypto'

/** A request as sent. `isOpen`: it is expensive even without a token. */
export type HostileRequest = {
  name: string
  path: string
  method: 'GET' | 'POST'
  type?: 'application/json' | 'application/x-www-form-urlencoded'
  body?: string
  isOpen: boolean
}

/** Longest body that is accepted, in bytes. */
export const hostileBodyBytes = 95_000

const create = 'mutation($i: CreateTaskInput!) { createTask(input: $i) { task { id } } }'
const createTaskInput = (fields: number) => Object.fromEntries(range(fields, (n) => [`f${n}`, 1]))

/**
 * Small requests, valid in HTTP, that would be expensive without limits. Each call adds a unique
 * comment to every document, so that it is in no cache.
 */
export function createHostileRequests(): HostileRequest[] {
  return [...hostileVariables(), ...hostileDocuments(), ...hostileMessages(), ...hostileForms()]
}

export function range<T>(length: number, make: (n: number) => T): T[] {
  return Array.from({ length }, (_, n) => make(n))
}

/** A POST to /graphql with a unique document. */
export function graphqlPost(name: string, query: string, variables?: unknown): HostileRequest {
  const body = JSON.stringify({ query: `${query} #${randomUUID()}`, variables })
  return { name, path: '/graphql', method: 'POST', type: 'application/json', body, isOpen: true }
}

export function jsonPost(name: string, path: string, value: unknown, isOpen = true) {
  const body = typeof value === 'string' ? value : JSON.stringify(value)
  return { name, path, method: 'POST', type: 'application/json', body, isOpen } as const
}

function hostileVariables(): HostileRequest[] {
  const ids = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }'
  const search = 'query($f: TaskFilter) { tasks(filter: $f) { totalCount } }'
  const long = 'a'.repeat(hostileBodyBytes - 1_000)
  const wide = range(100, () => '$a ').join('')
  const get = new URLSearchParams({
    query: `${search} #${randomUUID()}`,
    variables: JSON.stringify({ f: createTaskInput(800) }),
  })
  return [
    graphqlPost('9,000 unknown fields', create, { i: createTaskInput(9_000) }),
    graphqlPost('2,000 unknown fields', create, { i: createTaskInput(2_000) }),
    graphqlPost('1,900 unknown fields', create, { i: createTaskInput(1_900) }),
    graphqlPost('5,000 labels that are numbers', create, {
      i: { title: 'a', labels: range(5_000, (n) => n) },
    }),
    graphqlPost('1,900 labels that are objects', create, {
      i: { title: 'a', labels: range(950, (n) => ({ n })) },
    }),
    graphqlPost('ids that are 5,000 objects', ids, { ids: range(5_000, () => ({})) }),
    graphqlPost('9,000 undeclared variables', '{ __typename }', createTaskInput(9_000)),
    jsonPost(
      '40,000 levels',
      '/graphql',
      `{"query":"${search} #${randomUUID()}","variables":{"f":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`,
    ),
    graphqlPost('a name of 90 kB', create, { i: { [long]: 1, title: 'a' } }),
    graphqlPost(
      'a text of 90 kB in 400 ids',
      `query($a: ID!) { ${range(4, (n) => `a${n}: nodes(ids: [${wide}]) { id }`).join(' ')} }`,
      { a: long },
    ),
    graphqlPost(
      'a text of 90 kB in 400 labels',
      `query($a: String!) { ${range(4, (n) => `a${n}: tasks(first: 1, filter: { labels: [${wide}] }) { totalCount }`).join(' ')} }`,
      { a: long },
    ),
    graphqlPost(
      'a text of 90 kB as 30 cursors and searches',
      `query($a: String!) { ${range(15, (n) => `a${n}: tasks(first: 1, after: $a, filter: { search: $a }) { totalCount }`).join(' ')} }`,
      { a: long },
    ),
    graphqlPost(
      '1,900 labels in 15 filters',
      `query($f: TaskFilter) { ${range(15, (n) => `a${n}: tasks(first: 1, filter: $f) { totalCount }`).join(' ')} }`,
      { f: { labels: range(1_900, (n) => `label ${n}`) } },
    ),
    { name: 'a GET of 15 kB', path: `/graphql?${get}`, method: 'GET', isOpen: true },
    {
      name: 'a GET with 4,000 parameters',
      path: `/graphql?query={__typename}&${range(4_000, () => 'a').join('&')}`,
      method: 'GET',
      isOpen: true,
    },
    jsonPost('9,000 extensions', '/graphql', {
      query: `{ __typename } #${randomUUID()}`,
      extensions: createTaskInput(9_000),
    }),
    jsonPost('9,000 members', '/graphql', { query: '{ __typename }', ...createTaskInput(9_000) }),
  ]
}

function hostileDocuments(): HostileRequest[] {
  const many = (count: number, make: (n: number) => string) => range(count, make).join(' ')
  const inline = (levels: number, text: string) =>
    `{ ${'... { '.repeat(levels)}${text}${' }'.repeat(levels)} }`
  const chain = `{ ...f0 } ${many(100, (n) => `fragment f${n} on Query { __typename ...f${(n + 1) % 100} }`)}`
  const worst = `{ ${many(249, () => 'viewer { id }')} }`
  const access = `query(${range(12, (n) => `$a${n}: String!`)}) { ${many(12, (n) => `a${n}: operationAccess(document: $a${n}) { allowed }`)} }`
  const each: [string, string][] = [
    ['one field 249 times', worst],
    ['one field 998 times', `{ ${'__typename '.repeat(997)}}`],
    ['one field 690 times in 100 fragments', inline(100, '__typename '.repeat(690))],
    ['lists in lists', `{ ${`viewer { ${'id '.repeat(28)} } `.repeat(30)} }`],
    ['fragments in a circle', chain],
    ['spreads of 490 unknown fragments', `{ ${many(490, (n) => `...f${n}`)} }`],
    ['998 unknown fields', `{ ${many(990, (n) => `titl${n}`)} }`],
    ['490 unknown variables', `{ nodes(ids: [${many(490, (n) => `$v${n}`)}]) { id } }`],
    ['240 unused variables', `query(${many(240, (n) => `$v${n}: Int`)}) { __typename }`],
    [
      'an input of 320 unknown fields',
      `mutation { createTask(input: { ${many(320, (n) => `f${n}: 1`)} }) { task { id } } }`,
    ],
    [
      'a default of 320 unknown fields',
      `query($a: TaskFilter = { ${many(320, (n) => `f${n}: 1`)} }) { tasks(filter: $a) { totalCount } }`,
    ],
    ['a list of 480 levels', `{ nodes(ids: ${'['.repeat(480)}${']'.repeat(480)}) { id } }`],
    ['a name of 19,000 characters', `{ ${'a'.repeat(19_000)} }`],
    ['a literal of 19,000 characters', `{ tasks(first: "${'a'.repeat(19_000)}") { totalCount } }`],
    ['a syntax error of 19,000 characters', `{ tasks "${'a'.repeat(19_000)}"`],
    ['5,000 levels', `${'{ a '.repeat(5_000)}${'}'.repeat(5_000)}`],
    ['5,000 unclosed levels', '{ a '.repeat(5_000)],
    ['1,000 aliases', `{ ${many(1_000, (n) => `a${n}: viewer { id }`)} }`],
    ['one field 2,000 times', `{ ${'viewer { id } '.repeat(2_000)}}`],
    ['5,000 ids', `{ nodes(ids: [${'"a" '.repeat(5_000)}]) { id } }`],
    [
      'a fragment that doubles itself 50 times',
      `{ ...f0 } ${many(50, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f50 on Query { viewer { id } }`,
    ],
  ]
  return [
    ...each.map(([name, document]) => graphqlPost(name, document)),
    graphqlPost(
      'twelve documents for operationAccess',
      access,
      Object.fromEntries(range(12, (n) => [`a${n}`, `${worst} #${randomUUID()}`])),
    ),
  ]
}

function hostileMessages(): HostileRequest[] {
  const call = (name: string, given: unknown) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: given },
  })
  const long = 'a'.repeat(hostileBodyBytes - 1_000)
  return [
    jsonPost('a tool with 9,000 arguments', '/mcp', call('create_task', createTaskInput(9_000))),
    jsonPost(
      'a tool with 5,000 labels',
      '/mcp',
      call('create_task', { title: 'a', labels: range(5_000, (n) => n) }),
    ),
    jsonPost('a tool with a name of 90 kB', '/mcp', call(long, {})),
    jsonPost('an argument with a name of 90 kB', '/mcp', call('create_task', { [long]: 1 })),
    jsonPost('a method of 90 kB', '/mcp', { jsonrpc: '2.0', id: 1, method: long }),
  ].map((request) => ({ ...request, isOpen: false }))
}

function hostileForms(): HostileRequest[] {
  const form = (name: string, path: string, body: string): HostileRequest => {
    const type = 'application/x-www-form-urlencoded'
    return { name, path, method: 'POST', type, body, isOpen: true }
  }
  const many = range(9_000, (n) => `f${n}=1`).join('&')
  const lists = range(9_000, (n) => n)
  return [
    jsonPost('9,000 redirect URIs', '/api/auth/oauth2/register', { redirect_uris: lists }),
    jsonPost('a registration of 9,000 fields', '/api/auth/oauth2/register', createTaskInput(9_000)),
    jsonPost('9,000 scopes', '/api/auth/access-token/create', { name: 'a', scopes: lists }),
    jsonPost('a sign-in with lists', '/api/auth/sign-in/email', { email: lists, password: lists }),
    jsonPost('an e-mail address of 90 kB', '/api/auth/sign-in/email', {
      email: 'a.'.repeat(45_000),
      password: 'a',
    }),
    jsonPost('an exchange of lists', '/api/auth/token/exchange', { scope: lists, audience: lists }),
    form('an exchange of 9,000 parameters', '/api/auth/token/exchange', many),
    form('a grant of 9,000 parameters', '/api/auth/oauth2/token', many),
    {
      name: 'an authorization with 2,500 scopes',
      path: `/api/auth/oauth2/authorize?client_id=a&scope=${range(2_500, (n) => `s${n}`).join('+')}`,
      method: 'GET',
      isOpen: true,
    },
  ]
}
