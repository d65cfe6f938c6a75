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
 * `scope`: the only scopes to request. `reconnect` does so after a further authorization.
 */
async function connect(app: App, person: Account, scope?: string) {
  const { provider, asked } = createProvider()
  async function reconnect(): Promise<Client> {
    const question = asked.at(-1)
    if (!question) throw new Error('The assistant did not begin an authorization.')
    const callbackUrl = await allow(app, person, question.href)
    await open(app, provider).transport.finishAuth(new URL(callbackUrl).searchParams)
    const { client, transport } = open(app, provider)
    await client.connect(transport)
    return client
  }
  const first = open(app, provider)
  await expect(first.client.connect(first.transport)).rejects.toThrow(/unauthorized/i)
  if (scope !== undefined) asked[0]?.searchParams.set('scope', scope)
  return { client: await reconnect(), asked, reconnect }
}

/** The scopes of each authorization that was begun, sorted. */
const scopesOf = (asked: URL[]) =>
  asked.map(({ searchParams }) => searchParams.get('scope')?.split(' ').sort())

const createTask = { name: 'create_task', arguments: { title: 'Buy milk' } }

describe('an assistant that knows only the URL', () => {
  it('discovers the authorization server, gets consent and works with the tasks of the user', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    await ada.createTask({ title: 'Buy milk' })
    const { client, asked } = await connect(app, ada)
    expect(asked.map(({ origin }) => origin)).toEqual([app.url])
    const { structuredContent } = await client.callTool({ name: 'list_tasks' })
    expect(structuredContent).toMatchObject({ tasks: { nodes: [{ title: 'Buy milk' }] } })
    await client.close()
  })

  it('requests only tasks:read at first, and a refresh token if it can use one', async ({
    app,
  }) => {
    const { client, asked } = await connect(app, await app.signUp('Ada'))
    expect(scopesOf(asked)).toEqual([['offline_access', 'tasks:read']])
    await client.close()
  })

  it('requests what a tool needs together with what it has, and then works', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const { client, asked, reconnect } = await connect(app, ada, 'email tasks:read')
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('create_task')
    await expect(client.callTool(createTask)).rejects.toThrow()
    expect(scopesOf(asked)[1]).toEqual(['email', 'offline_access', 'tasks:create', 'tasks:read'])
    await client.close()
    const again = await reconnect()
    await again.callTool(createTask)
    const { body } = await ada.query('{ viewer { email } tasks { nodes { title } } }')
    expect(body.data).toMatchObject({ tasks: { nodes: [{ title: 'Buy milk' }] } })
    await again.close()
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
