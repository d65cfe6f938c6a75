import assert from 'node:assert/strict'
import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from '@urql/core'
import { authExchange } from '@urql/exchange-auth'
import { createClient } from 'graphql-sse'
import { createTask, makeToken, readJwt, signIn, signOut, signUp, url } from './taskward.mjs'

/* A query by GET and by POST, a refresh after the session has ended, an error, and a subscription. */

const ada = await signUp()
const token = await makeToken(ada)
const uri = `${url}/graphql`

/** Refreshes with a new session when the token is refused with 401. */
let refreshes = 0
let jwt = await readJwt({ Cookie: ada.cookie })
const auth = authExchange(async ({ appendHeaders }) => ({
  addAuthToOperation: (operation) => appendHeaders(operation, { Authorization: `Bearer ${jwt}` }),
  didAuthError: ({ graphQLErrors }) =>
    graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'),
  async refreshAuth() {
    refreshes += 1
    jwt = await readJwt({ Cookie: await signIn(ada) })
  },
}))

let connected
const isConnected = new Promise((resolve) => {
  connected = resolve
})
const sse = createClient({
  url: uri,
  headers: () => ({ Authorization: `Bearer ${jwt}` }),
  on: { connected },
})
const client = new Client({
  url: uri,
  exchanges: [
    cacheExchange,
    auth,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: (operation) => ({
        subscribe: (sink) => ({ unsubscribe: sse.subscribe(operation, sink) }),
      }),
    }),
  ],
})

const Tasks = gql`{ tasks { nodes { id title } } }`
const read = async (context) => {
  const { data, error } = await client.query(Tasks, {}, context).toPromise()
  assert.equal(error, undefined)
  return data.tasks.nodes.map(({ title }) => title)
}
await createTask(token, 'One')
assert.deepEqual(await read({ requestPolicy: 'network-only', preferGetMethod: 'force' }), ['One'])
assert.deepEqual(await read({ requestPolicy: 'network-only', preferGetMethod: false }), ['One'])

const DeleteTask = gql`mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }`
const { error } = await client.mutation(DeleteTask, { id: 'unknown' }).toPromise()
assert.equal(error.graphQLErrors[0].extensions.code, 'NOT_FOUND')

await signOut(ada.cookie)
assert.deepEqual(await read({ requestPolicy: 'network-only' }), ['One'])
assert.equal(refreshes, 1)

const changes = gql`subscription { taskChanged { kind task { title } } }`
const seen = new Promise((resolve) => {
  client.subscription(changes, {}).subscribe(resolve)
})
await isConnected
await createTask(token, 'Seen live')
assert.equal((await seen).data.taskChanged.task.title, 'Seen live')
sse.dispose()
