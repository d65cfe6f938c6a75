import assert from 'node:assert/strict'
import { checkTools } from './mcp-checks.mjs'
import { allScopes, MemoryProvider } from './memory-provider.mjs'
import { allow, makeToken, signUp, url, withScope } from './taskward.mjs'

/**
 * Tries a version of the MCP SDK with an access token as header; then with OAuth from the first 401
 * on, and a refresh. `answerOf`: what its `finishAuth` takes of the callback URL.
 */
export async function trySdk({ Client, Transport, UnauthorizedError, answerOf }) {
  const ada = await signUp()
  const endpoint = new URL(`${url}/mcp`)
  const connect = async (options) => {
    const transport = new Transport(endpoint, options)
    const client = new Client({ name: 'example', version: '1.0.0' })
    await client.connect(transport)
    return client
  }
  const checkClient = (client) =>
    checkTools({
      listNames: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: (name, args) => client.callTool({ name, arguments: args }),
    })

  const headers = { Authorization: `Bearer ${await makeToken(ada)}` }
  const withHeader = await connect({ requestInit: { headers } })
  await checkClient(withHeader)
  await withHeader.close()

  const authProvider = new MemoryProvider()
  await assert.rejects(connect({ authProvider }), UnauthorizedError)
  const callback = await allow(
    await signUp(),
    withScope(authProvider.stored.authorizationUrl, allScopes),
  )
  await new Transport(endpoint, { authProvider }).finishAuth(answerOf(callback))
  const withOAuth = await connect({ authProvider })
  await checkClient(withOAuth)

  const { refresh_token } = authProvider.tokens()
  authProvider.expireToken()
  const asked = new URL(authProvider.stored.authorizationUrl).searchParams.get('scope').split(' ')
  // Version 2 adds offline_access, which the authorization server offers; version 1 does not.
  assert.deepEqual(
    asked.filter((scope) => scope !== 'offline_access'),
    ['tasks:read'],
  )
  assert.equal((await withOAuth.listTools()).tools.length, 8)
  assert.notEqual(authProvider.tokens().refresh_token, refresh_token)
  await withOAuth.close()
}
