import { abort, readStream, type Sent, send } from './client.ts'
import type { User } from './user.ts'

/** Sends request number `n` and answers its status. Undefined: the client did not wait for it. */
type Kind = {
  name: string
  /** Requests of this kind in a hundred. */
  share: number
  /** Every status that is right. */
  expected: number[]
  run: (user: User, n: number) => Promise<number | undefined>
}

const fields = 'id title completed labels createdAt'
const page = `{ tasks(first: 20) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`
const stream = 'subscription { taskChanged { kind task { id title } } }'
const forged = `${Buffer.from('{"alg":"EdDSA","kid":"x"}').toString('base64url')}.e30.c2lnbmF0dXJl`
/** Beyond some number of invalid tokens or points the server refuses without a look. */
const refused = 429

const query =
  (document: (n: number) => string, variables: (user: User, n: number) => object) =>
  async ({ url, agent, token, ...user }: User, n: number) => {
    const given = { url, agent, token, ...user }
    return send(url, agent, graphql(document(n), variables(given, n), await token()))
  }
const oneTask = ({ ids }: User, n: number) => ({ id: ids[n % ids.length], title: `Title ${n}` })
const nothing = () => ({})

export const kinds: Kind[] = [
  { name: 'page', share: 24, expected: [200], run: query(() => page, nothing) },
  {
    name: 'count',
    share: 6,
    expected: [200],
    run: query(() => '{ tasks(filter: { completed: false }) { totalCount } }', nothing),
  },
  {
    name: 'task',
    share: 14,
    expected: [200],
    run: query(() => `query ($id: ID!) { task(id: $id) { ${fields} } }`, oneTask),
  },
  {
    name: 'other document',
    share: 8,
    expected: [200],
    run: query((n) => `query Document${n} { a${n}: tasks(first: 3) { nodes { title } } }`, nothing),
  },
  {
    name: 'retitle',
    share: 10,
    expected: [200],
    run: query(
      () =>
        'mutation ($id: ID!, $title: String!) { updateTask(input: { id: $id, title: $title }) { task { id } } }',
      oneTask,
    ),
  },
  {
    name: 'complete',
    share: 6,
    expected: [200],
    run: query(
      () => 'mutation ($id: ID!) { completeTask(input: { id: $id }) { task { id } } }',
      oneTask,
    ),
  },
  {
    name: 'reopen',
    share: 6,
    expected: [200],
    run: query(
      () => 'mutation ($id: ID!) { reopenTask(input: { id: $id }) { task { id } } }',
      oneTask,
    ),
  },
  {
    name: 'create again', // an idempotency key of 50 makes one task, so that the tables do not grow
    share: 3,
    expected: [200],
    run: query(
      () =>
        'mutation ($key: String!) { createTask(input: { title: "Again", idempotencyKey: $key }) { task { id } } }',
      (_user, n) => ({ key: `key-${n % 50}` }),
    ),
  },
  {
    name: 'invalid document',
    share: 3,
    expected: [200],
    run: query((n) => `{ tasks { nodes { field${n} } } }`, nothing),
  },
  {
    name: 'too dear',
    share: 3,
    expected: [200, 400, 413],
    run: query(
      () =>
        `{ ${Array.from({ length: 10 }, (_, n) => `a${n}: tasks(first: 100) { nodes { ${fields} } }`).join(' ')} }`,
      nothing,
    ),
  },
  {
    name: 'wrong token',
    share: 4,
    expected: [401, refused],
    run: ({ url, agent }, n) => send(url, agent, graphql(page, {}, `${forged}${n}`)),
  },
  {
    name: 'no token',
    share: 2,
    expected: [401],
    run: ({ url, agent }) => send(url, agent, graphql(page, {})),
  },
  {
    name: 'aborted',
    share: 4,
    expected: [],
    run: async ({ url, agent, token }) => {
      await abort(url, agent, graphql(page, {}, await token()))
      return undefined
    },
  },
  {
    name: 'stream',
    share: 3,
    expected: [200, refused],
    run: async ({ url, agent, token }) => {
      const { headers, ...sent } = graphql(stream, {}, await token())
      const asked = { ...sent, headers: { ...headers, Accept: 'text/event-stream' } }
      return readStream(url, agent, asked)
    },
  },
  {
    name: 'session',
    share: 2,
    expected: [200],
    run: ({ url, agent }) => send(url, agent, { path: '/api/auth/get-session' }),
  },
  {
    name: 'pages',
    share: 2,
    expected: [200],
    run: ({ url, agent }, n) =>
      send(url, agent, { path: n % 2 ? '/health/ready' : '/', headers: { Accept: 'text/html' } }),
  },
]

const deck = kinds.flatMap((kind) => Array<Kind>(kind.share).fill(kind))

/** Request `n` is of the same kind in every run. 37 has no factor of 100, so kinds alternate. */
export function kindOf(n: number): Kind {
  return deck[(n * 37) % deck.length] as Kind
}

function graphql(document: string, variables: object, token?: string): Sent & { headers: object } {
  return {
    path: '/graphql',
    headers: {
      'Content-Type': 'application/json',
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: document, variables }),
  }
}
