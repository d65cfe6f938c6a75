import assert from 'node:assert/strict'
import { createClient } from 'graphql-sse'
import { createTask, makeToken, readJwt, signIn, signOut, signUp, url } from './taskward.mjs'

/* Several streams, a query on the same client, a refusal, and a stream that goes on after a sign-out. */

const ada = await signUp()
const token = await makeToken(ada)
const uri = `${url}/graphql`
const query = 'subscription { taskChanged { kind task { title } } }'

const client = createClient({ url: uri, headers: { Authorization: `Bearer ${token}` } })
const { value: answer } = await client.iterate({ query: '{ viewer { scopes } }' }).next()
assert.deepEqual(answer.data.viewer.scopes, ['tasks:delete', 'tasks:read', 'tasks:write'])
client.dispose()

await assert.rejects(createClient({ url: uri, retryAttempts: 0 }).iterate({ query }).next())

/** The session ends after the first event. Then the client reads a new token and subscribes again. */
let cookie = ada.cookie
let connections = 0
const events = []
const session = createClient({
  url: uri,
  headers: async () => ({ Authorization: `Bearer ${await readJwt({ Cookie: cookie })}` }),
  on: {
    connected: async () => {
      connections += 1
      await createTask(token, `Task ${connections}`)
    },
  },
})
while (events.length < 2) {
  for await (const { data, errors } of session.iterate({ query })) {
    if (errors) {
      assert.equal(errors[0].extensions.reason, 'SESSION_ENDED')
      continue
    }
    events.push(data.taskChanged.task.title)
    if (events.length === 2) break
    const ended = cookie
    cookie = await signIn(ada)
    await signOut(ended)
  }
}
assert.deepEqual(events, ['Task 1', 'Task 2'])
session.dispose()
