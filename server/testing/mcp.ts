import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { App } from './app.ts'

/** `auto`: the revision of 2026; `legacy`: earlier ones, which begin with a handshake. */
export type Era = 'auto' | 'legacy'

/** The result of a tool call, as the SDK's client returns it. */
export type ToolAnswer = { isError: boolean; text: string; content: Record<string, unknown> }

export type McpCaller = {
  listTools: () => Promise<string[]>
  call: (name: string, given?: object) => Promise<ToolAnswer>
  close: () => Promise<void>
}

/** Connects the SDK's client with the given token. */
export async function connectMcp(app: App, token: string, era: Era = 'auto'): Promise<McpCaller> {
  const options = { versionNegotiation: { mode: era } }
  const client = new Client({ name: 'test', version: '1.0.0' }, options)
  const headers = { Authorization: `Bearer ${token}` }
  const url = new URL(`${app.url}/mcp`)
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))
  await client.listTools() // so that the client validates results against the tools' schemas
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given = {}) => {
      const answer = await client.callTool({ name, arguments: { ...given } })
      const [first] = answer.content
      const text = first?.type === 'text' ? first.text : ''
      const content = (answer.structuredContent ?? {}) as Record<string, unknown>
      return { isError: answer.isError === true, text, content }
    },
    close: () => client.close(),
  }
}

/** Sends a message as a client of a revision before 2026, without the SDK. */
export function postMcp(
  { url, path = '/mcp' }: Pick<App, 'url'> & { path?: string },
  message: unknown,
  headers: object = {},
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2025-11-25',
      ...headers,
    },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  })
}

export function toolCall(name: string, given: object = {}) {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } }
}
