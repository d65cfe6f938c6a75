import assert from 'node:assert/strict'
import { auth, createMCPClient } from '@ai-sdk/mcp'
import { checkTools } from './mcp-checks.mjs'
import { allScopes, MemoryProvider } from './memory-provider.mjs'
import { allow, makeToken, signUp, url, withScope } from './taskward.mjs'

/* With an access token as header; then with OAuth, and a refresh. */

const serverUrl = `${url}/mcp`
const connect = (options) =>
  createMCPClient({ transport: { type: 'http', url: serverUrl, ...options } })
const checkClient = async (client) => {
  const tools = await client.tools()
  await checkTools({
    listNames: async () => Object.keys(tools),
    call: (name, args) => tools[name].execute(args, { toolCallId: 'call', messages: [] }),
  })
}

const headers = { Authorization: `Bearer ${await makeToken(await signUp())}` }
const withHeader = await connect({ headers })
await checkClient(withHeader)
await withHeader.close()

const authProvider = new MemoryProvider()
await assert.rejects(connect({ authProvider }))
const { searchParams } = await allow(
  await signUp(),
  withScope(authProvider.stored.authorizationUrl, allScopes),
)
const authorizationCode = searchParams.get('code')
const callbackState = searchParams.get('state')
assert.equal(
  await auth(authProvider, { serverUrl, authorizationCode, callbackState }),
  'AUTHORIZED',
)
const withOAuth = await connect({ authProvider })
await checkClient(withOAuth)

const { refresh_token } = authProvider.tokens()
authProvider.expireToken()
assert.equal(Object.keys(await withOAuth.tools()).length, 8)
assert.notEqual(authProvider.tokens().refresh_token, refresh_token)
await withOAuth.close()
