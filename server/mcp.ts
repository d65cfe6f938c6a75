import type { IncomingMessage, RequestListener } from 'node:http'
import {
  createMcpHandler,
  isLegacyRequest,
  localhostAllowedOrigins,
  originValidationResponse,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { createServerAdapter } from '@whatwg-node/server'
import type { GraphQLError } from 'graphql'
import { z } from 'zod'
import { tokenUrlOf } from '#schema/builder.ts'
import type { Viewer } from '#schema/context.ts'
import { badUserInput, forbidden, unauthenticated } from '#schema/errors.ts'
import { schema } from '#schema/index.ts'
import { meetsNeed } from '#schema/operation-needs.ts'
import type { RequiredScopes } from '#schema/scopes.ts'
import { toContractError } from './contract-errors.ts'
import type { createGraphql, NodeContext } from './graphql.ts'
import type { GraphqlAnswer } from './mcp-answers.ts'
import { createMcpServer, type Execute } from './mcp-server.ts'
import { createTools, type Tool } from './mcp-tools.ts'
import type { Authenticate } from './viewer.ts'

type McpOptions = {
  graphql: ReturnType<typeof createGraphql>
  authenticate: Authenticate
  baseUrl: string
}

const ToolCall = z.looseObject({
  method: z.literal('tools/call'),
  params: z.looseObject({ name: z.string() }),
})

/**
 * The Model Context Protocol at /mcp: streamable HTTP without sessions. It is a door to /graphql and
 * holds nothing: each tool sends an operation there with the credential of the request, so that the
 * viewer, the rules, the limits and the points are those of the API.
 */
export function createMcp({ graphql, authenticate, baseUrl }: McpOptions): RequestListener {
  const tools = createTools(schema)
  const ownHosts = [...localhostAllowedOrigins(), new URL(baseUrl).hostname]

  async function answer(request: Request, context: NodeContext): Promise<Response> {
    const { req } = context
    const viewer = await authenticate(req)
    if (!viewer) throw unauthenticated()
    if (request.method !== 'POST') return onlyPosts()
    const message = await readMessage(request)
    const tool = toolCalledBy(message, tools)
    if (tool && !meetsNeed(viewer.scopes, tool.need)) throw lacking(tool, viewer, baseUrl)
    const execute = executeThrough(graphql, context)
    return serve(createMcpServer({ tools, viewer, execute }), request, message)
  }

  return createServerAdapter<NodeContext>(async (request, context) => {
    // A page of another site must not reach a server through the browser of who can (DNS rebinding).
    const foreign = originValidationResponse(request, ownHosts)
    if (foreign) return foreign
    if (request.method === 'OPTIONS') return withCors(new Response(null, { status: 204 }), request)
    const response = await answer(request, context).catch((error: unknown) =>
      refusalOf(contractError(error, context.req), baseUrl),
    )
    return withCors(response, request)
  })
}

/** Without a session there is nothing that a GET could follow, or a DELETE end. */
function onlyPosts(): Response {
  return new Response('Send JSON-RPC messages by POST.\n', {
    status: 405,
    headers: { Allow: 'POST' },
  })
}

/** To clients of the revision of 2026 and of those before it; as JSON, and never as a stream. */
async function serve(server: Server, request: Request, message: unknown): Promise<Response> {
  if (await isLegacyRequest(request, message)) {
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
    await server.connect(transport)
    return transport.handleRequest(request, { parsedBody: message })
  }
  const handler = createMcpHandler(() => server, {
    legacy: 'reject',
    maxSubscriptions: 0, // a stream would outlive its token, and there is nothing to tell
  })
  return handler.fetch(request, { parsedBody: message })
}

/** One message at a time: the revisions since 2025-06-18 know no batches. */
async function readMessage(request: Request): Promise<unknown> {
  const message: unknown = await request.json().catch(() => undefined)
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) return message
  const error = badUserInput('Send one JSON-RPC message as the body, in JSON.')
  error.extensions.http = { status: 400 }
  throw error
}

function toolCalledBy(message: unknown, tools: Map<string, Tool>): Tool | undefined {
  const call = ToolCall.safeParse(message).data
  return call && tools.get(call.params.name)
}

/** The API would say the same, but only of arguments that are good. */
function lacking({ need }: Tool, viewer: Viewer, baseUrl: string): GraphQLError {
  const tokenUrl = tokenUrlOf(baseUrl, [need], viewer)
  const required = need.scopes as RequiredScopes // which come from rules, and they name no others
  return forbidden({ required, held: viewer.scopes, tokenUrl })
}

/** Through all that a request to /graphql goes through, as part of the request that is answered. */
function executeThrough(graphql: McpOptions['graphql'], context: NodeContext): Execute {
  return async (query, variables) => {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }
    const body = JSON.stringify({ query, variables })
    const init = { method: 'POST', headers, body }
    const response = await graphql.fetch('http://localhost/graphql', init, context)
    return (await response.json()) as GraphqlAnswer
  }
}

function contractError(error: unknown, { id, log }: IncomingMessage): GraphQLError {
  const unexpected = (err: unknown) =>
    log.error({ err, requestId: id }, 'A request failed unexpectedly')
  return toContractError(error, { requestId: String(id), unexpected })
}

/** As HTTP has it, with the way to where tokens are had (RFC 9728 §5.1), around a JSON-RPC error. */
function refusalOf({ message, extensions: { http, ...rest } }: GraphQLError, baseUrl: string) {
  const { status, headers } = http as { status: number; headers?: Record<string, string> }
  const all = new Headers(headers)
  const challenge = all.get('WWW-Authenticate')
  const metadata = `resource_metadata="${baseUrl}/.well-known/oauth-protected-resource/mcp"`
  if (challenge) all.set('WWW-Authenticate', join(challenge, metadata))
  const error = { code: -32_000, message, data: rest }
  return Response.json({ jsonrpc: '2.0', id: null, error }, { status, headers: all })
}

/** A challenge is its scheme, and then parameters with commas between them. */
function join(challenge: string, parameter: string): string {
  return challenge.includes(' ') ? `${challenge}, ${parameter}` : `${challenge} ${parameter}`
}

/** For pages of our own and on the same machine, which passed the look at their origin. */
function withCors(response: Response, { headers }: Request): Response {
  const origin = headers.get('origin')
  if (!origin) return response
  response.headers.set('Access-Control-Allow-Origin', origin)
  response.headers.set('Access-Control-Allow-Methods', 'POST')
  response.headers.set(
    'Access-Control-Allow-Headers',
    'Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name',
  )
  response.headers.set('Access-Control-Expose-Headers', 'WWW-Authenticate, X-Request-Id')
  response.headers.set('Vary', 'Origin')
  return response
}
