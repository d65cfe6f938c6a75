import assert from 'node:assert/strict'
import { ClientError, GraphQLClient, gql } from 'graphql-request'
import { makeToken, signUp, url } from './taskward.mjs'

/* A mutation, a query, several documents in one request, and the errors that it throws. */

const token = await makeToken(await signUp(), ['tasks:read', 'tasks:write'])
const client = new GraphQLClient(`${url}/graphql`, {
  headers: { Authorization: `Bearer ${token}` },
})

const CreateTask = gql`mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) { task { id title dueOn } }
}`
const input = { title: 'Write the notes', dueOn: '2030-01-31' }
const { createTask } = await client.request(CreateTask, { input })
assert.equal(createTask.task.dueOn, '2030-01-31')

const { data, status, headers } = await client.rawRequest(gql`{ tasks { nodes { title } } }`)
assert.deepEqual(data.tasks.nodes, [{ title: 'Write the notes' }])
assert.equal(status, 200)
assert.ok(headers.get('X-Request-Id'))

const codeOf = (promise) =>
  promise.then(
    () => undefined,
    (error) => {
      assert.ok(error instanceof ClientError, error)
      return [error.response.status, error.response.errors[0].extensions.code]
    },
  )
const email = gql`{ viewer { email } }`
assert.deepEqual(await codeOf(client.request(email)), [403, 'FORBIDDEN'])
const anonymous = new GraphQLClient(`${url}/graphql`)
assert.deepEqual(await codeOf(anonymous.request(email)), [401, 'UNAUTHENTICATED'])
const blank = client.request(CreateTask, { input: { title: ' ' } })
assert.deepEqual(await codeOf(blank), [200, 'BAD_USER_INPUT'])
const misspelled = client.request('{ taks { totalCount } }')
assert.deepEqual(await codeOf(misspelled), [400, 'BAD_USER_INPUT'])
const batch = client.batchRequests([{ document: email }, { document: email }])
assert.equal((await batch.catch(({ response }) => response)).status, 400)
