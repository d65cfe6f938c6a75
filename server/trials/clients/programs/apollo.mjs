import assert from 'node:assert/strict'
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, Observable } from '@apollo/client'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { relayStylePagination } from '@apollo/client/utilities'
import { OperationTypeNode, print } from 'graphql'
import { createClient } from 'graphql-sse'
import { createTask, makeToken, signUp, url } from './taskward.mjs'

/* Persisted queries, cache, pages, errors, and a subscription over graphql-sse. */

const token = await makeToken(await signUp())
const uri = `${url}/graphql`
const headers = { Authorization: `Bearer ${token}` }

const statuses = []
const http = new HttpLink({
  uri,
  headers,
  fetch: async (...request) => {
    const response = await fetch(...request)
    statuses.push(response.status)
    return response
  },
})
const sha256 = async (text) => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Buffer.from(digest).toString('hex')
}

let connected
const isConnected = new Promise((resolve) => {
  connected = resolve
})
const sse = createClient({ url: uri, headers, on: { connected } })
const events = new ApolloLink(
  (operation) =>
    new Observable((sink) => sse.subscribe({ ...operation, query: print(operation.query) }, sink)),
)

const client = new ApolloClient({
  cache: new InMemoryCache({
    typePolicies: { Query: { fields: { tasks: relayStylePagination() } } },
  }),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    events,
    new PersistedQueryLink({ sha256 }).concat(http),
  ),
})

const Tasks = gql`query Tasks($after: String) {
  tasks(first: 2, after: $after) {
    edges { cursor node { id title completed } }
    pageInfo { hasNextPage endCursor }
  }
}`
const CompleteTask = gql`mutation CompleteTask($id: ID!) {
  completeTask(input: { id: $id }) { task { id completed } }
}`

for (const title of ['One', 'Two', 'Three']) await createTask(token, title)
const { endCursor } = (await client.query({ query: Tasks })).data.tasks.pageInfo
const pages = client.watchQuery({ query: Tasks })
const shown = pages.subscribe({})
await pages.fetchMore({ variables: { after: endCursor } })
const read = () => client.readQuery({ query: Tasks }).tasks.edges.map(({ node }) => node)
assert.deepEqual(
  read()
    .map(({ title }) => title)
    .sort(),
  ['One', 'Three', 'Two'],
)

const [{ id }] = read()
await client.mutate({ mutation: CompleteTask, variables: { id } })
assert.equal(read().find((task) => task.id === id).completed, true)
shown.unsubscribe()
// Only the first request sends a hash without its document.
assert.deepEqual(statuses, [400, ...statuses.slice(1).fill(200)])

const unknown = client.mutate({ mutation: CompleteTask, variables: { id: 'unknown' } })
await assert.rejects(unknown, (error) => {
  assert.ok(CombinedGraphQLErrors.is(error), error)
  return error.errors[0].extensions.code === 'NOT_FOUND'
})
const email = client.query({ query: gql`{ viewer { email } }` })
await assert.rejects(email, (error) => {
  assert.ok(CombinedGraphQLErrors.is(error), error)
  return error.errors[0].extensions.code === 'FORBIDDEN'
})

const changes = gql`subscription { taskChanged { kind task { id title } } }`
const seen = new Promise((resolve, reject) => {
  client.subscribe({ query: changes }).subscribe({ next: resolve, error: reject })
})
await isConnected
await createTask(token, 'Seen live')
const { data } = await seen
assert.equal(data.taskChanged.task.title, 'Seen live')
client.stop()
sse.dispose()
