import {
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type OAuthTokens,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { describe, expect } from 'vitest'
import type { Account, App } from '../testing/app.ts'
import { allow, post, redirectUri } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

/** The client's storage, and the URLs that it opened in the user's browser. */
function createProvider() {
  let registration: OAuthClientInformationMixed | undefined
  let kept: OAuthTokens | undefined
  let discovery: OAuthDiscoveryState | undefined
  let verifier = ''
  const asked: URL[] = []
  const provider: OAuthClientProvider = {
    redirectUrl: redirectUri,
    clientMetadata: {
      client_name: 'Assistant',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    },
    clientInformation: () => registration,
    saveClientInformation: (given) => {
      registration = given
    },
    discoveryState: () => discovery,
    saveDiscoveryState: (found) => {
      discovery = found
    },
    tokens: () => kept,
    saveTokens: (given) => {
      kept = given
    },
    codeVerifier: () => verifier,
    saveCodeVerifier: (made) => {
      verifier = made
    },
    invalidateCredentials: () => {
      kept = undefined
    },
    redirectToAuthorization: (url) => void asked.push(url),
  }
  return { provider, asked }
}

function open(app: App, authProvider: OAuthClientProvider) {
  const transport = new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`), { authProvider })
  return { transport, client: new Client({ name: 'assistant', version: '1.0.0' }) }
}

/**
 * Connects twice: the first attempt is refused and starts an authorization, which the user allows.
 * `scope`: the only scope to request.
 */
async function connect(app: App, person: Account, scope?: string) {
  const { provider, asked } = createProvider()
  const first = open(app, provider)
  await expect(first.client.connect(first.transport)).rejects.toThrow(/unauthorized/i)
  const [question] = asked
  if (!question) throw new Error('The assistant did not begin an authorization.')
  if (scope !== undefined) question.searchParams.set('scope', scope)
  const callbackUrl = await allow(app, person, question.href)
  await first.transport.finishAuth(new URL(callbackUrl).searchParams)
  const second = open(app, provider)
  await second.client.connect(second.transport)
  return { client: second.client, asked }
}

const createTask = { name: 'create_task', arguments: { title: 'Buy milk' } }

describe('an assistant that knows only the URL', () => {
  it('discovers the authorization server, gets consent and works with the tasks of the user', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    const { client, asked } = await connect(app, ada)
    expect(asked.map(({ origin }) => origin)).toEqual([app.url])
    await client.callTool(createTask)
    const { body } = await ada.query('{ tasks { nodes { title } } }')
    expect(body.data).toEqual({ tasks: { nodes: [{ title: 'Buy milk' }] } })
    await client.close()
  })

  it('requests more scopes if a tool needs them', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const { client, asked } = await connect(app, ada, 'tasks:read')
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('create_task')
    await expect(client.callTool(createTask)).rejects.toThrow()
    expect(asked.at(-1)?.searchParams.get('scope')?.split(' ')).toContain('tasks:write')
    expect(asked).toHaveLength(2)
    await client.close()
  })

  it('is refused after the user disconnects it, and begins a new authorization', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    const { client, asked } = await connect(app, ada)
    const headers = { cookie: ada.cookie }
    const [connected] = await (
      await app.request('/api/auth/connected-app/list', { headers })
    ).json()
    await post(app, ada, '/connected-app/disconnect', { id: connected.id })
    await expect(client.callTool({ name: 'list_tasks' })).rejects.toThrow()
    expect(asked).toHaveLength(2)
    await client.close()
  })
})
