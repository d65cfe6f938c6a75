/** A client or tool. `run`: a program of `programs`, or a guide of `docs` whose steps are followed. */
export type Client = { name: string; package: string; run: string }

export const clients: Client[] = [
  { name: 'Apollo Client', package: '@apollo/client', run: 'apollo.mjs' },
  { name: 'Relay', package: 'relay-runtime', run: 'relay.md' },
  { name: 'urql', package: '@urql/core', run: 'urql.mjs' },
  { name: 'graphql-request', package: 'graphql-request', run: 'graphql-request.mjs' },
  { name: 'graphql-sse', package: 'graphql-sse', run: 'graphql-sse.mjs' },
  { name: 'graphql-codegen', package: '@graphql-codegen/client-preset', run: 'codegen.mjs' },
  { name: 'gql.tada', package: 'gql.tada', run: 'typed-client.md' },
  { name: 'MCP SDK 1.x', package: '@modelcontextprotocol/sdk', run: 'mcp-sdk-1.mjs' },
  { name: 'MCP SDK 2.x', package: '@modelcontextprotocol/client', run: 'mcp-sdk-2.mjs' },
  { name: 'mcp-remote', package: 'mcp-remote', run: 'mcp-remote.mjs' },
  { name: 'MCP Inspector', package: '@modelcontextprotocol/inspector', run: 'mcp-inspector.mjs' },
  { name: 'ai-sdk', package: '@ai-sdk/mcp', run: 'ai-sdk.mjs' },
  { name: 'openid-client', package: 'openid-client', run: 'openid-client.mjs' },
  { name: 'oauth4webapi', package: 'oauth4webapi', run: 'oauth4webapi.mjs' },
  { name: 'better-auth/client', package: 'better-auth', run: 'better-auth.mjs' },
  { name: 'jose', package: 'jose', run: 'jose.mjs' },
  { name: 'hono/jwk', package: 'hono', run: 'hono-jwk.mjs' },
  { name: 'fastify', package: '@fastify/jwt', run: 'fastify.mjs' },
]

/** Guides of `docs` whose packages only this folder has. */
export const guides = clients.map(({ run }) => run).filter((run) => run.endsWith('.md'))

/**
 * The clients with these names; all without a name.
 * @throws Error for a name that no client has.
 */
export function chooseClients(names: string[]): Client[] {
  const known = clients.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`No client is named ${unknown.join(', ')}. The names are: ${known.join(', ')}.`)
  return names.length === 0 ? clients : clients.filter(({ name }) => names.includes(name))
}
