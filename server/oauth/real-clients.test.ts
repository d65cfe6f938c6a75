import { describe, expect } from 'vitest'
import { jsonHeaders } from '../testing/app.ts'
import { open, registerApp } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'

const usual = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}
const cursorUri = 'cursor://anysphere.cursor-mcp/oauth/callback'
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

type Row = [client: string, sent: Record<string, unknown>, registered?: Record<string, unknown>]

/** Bodies like those that these clients send to register. */
const bodies: Row[] = [
  [
    'Claude',
    {
      ...usual,
      client_name: 'Claude',
      scope: 'claudeai',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
    },
  ],
  [
    'Claude Code',
    {
      ...usual,
      client_name: 'Claude Code (taskward)',
      redirect_uris: ['http://localhost:54212/callback'],
    },
    { application_type: 'native' },
  ],
  [
    'ChatGPT',
    {
      client_name: 'ChatGPT',
      redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    },
    { client_secret: expect.stringMatching(/^taskward_secret_/) },
  ],
  [
    'Visual Studio Code',
    {
      ...usual,
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      application_type: 'native',
      grant_types: [...usual.grant_types, deviceCode],
      redirect_uris: [
        'https://insiders.vscode.dev/redirect',
        'https://vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
    },
  ],
  ['Cursor', { ...usual, client_name: 'Cursor', redirect_uris: [cursorUri] }],
  [
    'Cursor with further addresses',
    { ...usual, redirect_uris: [cursorUri, 'http://localhost:8787/callback'] },
    { redirect_uris: [cursorUri, 'http://localhost:8787/callback'] },
  ],
  [
    'mcp-remote',
    {
      ...usual,
      client_name: 'MCP CLI Proxy',
      client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
      redirect_uris: ['http://localhost:3334/oauth/callback'],
      software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
      software_version: '0.1.37',
    },
  ],
  [
    'MCP Inspector',
    {
      ...usual,
      client_name: 'MCP Inspector',
      client_uri: 'https://github.com/modelcontextprotocol/inspector',
      redirect_uris: ['http://localhost:6274/oauth/callback'],
      scope: '',
    },
  ],
  [
    'Gemini CLI',
    {
      ...usual,
      client_name: 'Gemini CLI MCP Client',
      redirect_uris: ['http://localhost:7777/oauth/callback'],
      scope: 'openid profile tasks:read',
    },
  ],
  [
    'a client that writes null for what it does not set',
    {
      ...usual,
      client_name: null,
      logo_uri: null,
      contacts: null,
      scope: null,
      jwks: null,
      software_id: null,
      redirect_uris: ['http://127.0.0.1:33418/'],
    },
  ],
  [
    'a client of OpenID Connect',
    {
      ...usual,
      application_type: 'web',
      scope: 'openid profile email',
      response_types: ['code', 'code id_token'],
      grant_types: ['authorization_code', 'implicit', 'refresh_token'],
      redirect_uris: ['https://notes.example.com/callback'],
      id_token_signed_response_alg: 'RS256',
    },
  ],
  [
    'a client with addresses that are not allowed beside one that is',
    {
      ...usual,
      redirect_uris: [
        'notes:/callback',
        'http://notes.example.com/',
        42,
        'javascript:alert(1)',
        'http://127.0.0.1:33418/',
      ],
    },
    { redirect_uris: ['http://127.0.0.1:33418/'] },
  ],
  [
    'a client with a Persian name',
    { ...usual, client_name: 'یادداشت\u200cها', redirect_uris: ['http://127.0.0.1:33418/'] },
    { client_name: 'یادداشت\u200cها' },
  ],
  [
    'a client with empty lists',
    { redirect_uris: ['https://notes.example.com/'], grant_types: [], response_types: [] },
    { grant_types: ['authorization_code'] },
  ],
]

describe('a registration is accepted and says what is registered', () => {
  it.for(bodies)('%s', async ([_client, sent, registered = {}], { app }) => {
    const response = await app.request('/api/auth/oauth2/register', {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify(sent),
    })
    const body = await response.json()
    expect(response.status, JSON.stringify(body)).toBe(201)
    expect(body).toMatchObject({
      client_id: expect.any(String),
      redirect_uris: sent.redirect_uris,
      grant_types: usual.grant_types,
      response_types: ['code'],
      scope: 'email tasks:create tasks:delete tasks:read tasks:write offline_access',
      ...registered,
    })
    const { rows } = await app.pool.query(
      'select "redirectUris" from "oauthClient" where "clientId" = $1',
      [body.client_id],
    )
    expect(rows).toEqual([{ redirectUris: body.redirect_uris }])
  })
})

describe('an editor with a private scheme of one word', () => {
  const editor = { redirect_uris: [cursorUri] }

  it('gets a token after consent, and asks each time', async ({ app, ada }) => {
    const cursor = await registerApp(app, editor)
    const { access_token } = await cursor.connect(ada, { redirect_uri: cursorUri })
    expect(await statusOf(app, access_token)).toBe(200)
    const { url } = await cursor.begin({ redirect_uri: cursorUri })
    expect(await open(app, url, ada)).toMatch(/^\/oauth\/consent\?/)
  })

  it.for([
    'cursor://anysphere.cursor-mcp/oauth/callback/more',
    'cursor://another.extension/oauth/callback',
    'vscode://anysphere.cursor-mcp/oauth/callback',
    'https://editor.invalid/',
  ])('never receives a code at %s', async (redirect_uri, { app, ada }) => {
    const cursor = await registerApp(app, editor)
    const { url } = await cursor.begin({ redirect_uri })
    expect(await open(app, url, ada)).toMatch(/\/oauth\/error/)
  })
})
