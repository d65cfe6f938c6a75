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
import { lackOf } from '#schema/builder.ts'
import type { Viewer } from '#schema/context.ts'
import { forbidden, unauthenticated } from '#schema/errors.ts'
import { schema } from '#schema/index.ts'
import { meetsNeed } from '#schema/operation-needs.ts'
import type { RequiredScopes, Scope } from '#schema/scopes.ts'
import { toContractError } from '../graphql/contract-errors.ts'
import type { NodeContext } from '../graphql/node-plugin.ts'
import type { createGraphql } from '../graphql/yoga.ts'
import { answerMcp, Refusal } from '../http/refusals.ts'
import { logFailure } from '../log/log.ts'
import type { Authenticate } from '../tokens/viewer.ts'
import type { GraphqlAnswer } from './answers.ts'
import { acceptBoth, methodNotAllowed, readMessage, withCors } from './http.ts'
import { createMcpServer, type Execute } from './server.ts'
import { createTools, type Tool } from './tools.ts'

type McpOptions = {
  graphql: Pick<ReturnType<typeof createGraphql>, 'fetch'>
  authenticate: Authenticate
  baseUrl: string
}

/** What a client without a valid token should request. It can request more when a tool needs it. */
const initialScope: Scope = 'tasks:read'

const ToolCall = z.looseObject({
  method: z.literal('tools/call'),
  params: z.looseObject({ name: z.string() }),
})

/**
 * The Model Context Protocol at /mcp: streamable HTTP without sessions. It has no rules of its own:
 * each tool sends an operation to /graphql with the credential of the request, so viewer, access
 * rules, limits and points are those of the API.
 */
export function createMcp({ graphql, authenticate, baseUrl }: McpOptions): RequestListener {
  const tools = createTools(schema)
  const metadataUrl = `${baseUrl}/.well-known/oauth-protected-resource/mcp`
  const challenge = { metadataUrl, initialScope }
  const ownHosts = [...localhostAllowedOrigins(), new URL(baseUrl).hostname]

  async function answer(request: Request, context: NodeContext): Promise<Response> {
    const { req } = context
    const viewer = await authenticate(req)
    if (!viewer) throw unauthenticated()
    if (request.method !== 'POST') return methodNotAllowed()
    const message = await readMessage(request)
    const tool = findCalledTool(message, tools)
    if (tool && !meetsNeed(viewer.scopes, tool.need))
      throw insufficientScopes(tool, viewer, baseUrl)
    const execute = executeThrough(graphql, {
      ...context,
      authentication: Promise.resolve(viewer),
    })
    return serve(createMcpServer({ tools, viewer, execute }), request, message)
  }

  return createServerAdapter<NodeContext>(async (request, context) => {
    // Against DNS rebinding: pages of other origins must not call the server through a user's
    // browser.
    const originRefusal = originValidationResponse(request, ownHosts)
    if (originRefusal) return originRefusal
    if (request.method === 'OPTIONS') return withCors(new Response(null, { status: 204 }), request)
    const response = await answer(request, context).catch((error: unknown) =>
      answerMcp(Refusal.from(contractError(error, context.req)), challenge),
    )
    return withCors(response, request)
  })
}

/** Serves clients of the 2026 revision and of earlier ones. Answers are JSON, never a stream. */
async function serve(server: Server, request: Request, message: unknown): Promise<Response> {
  if (await isLegacyRequest(request, message)) {
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
    await server.connect(transport)
    return transport
      .handleRequest(acceptBoth(request), { parsedBody: message })
      .finally(() => server.close())
  }
  const handler = createMcpHandler(() => server, {
    legacy: 'reject',
    maxSubscriptions: 0, // a stream could outlive its token, and there are no notifications
  })
  return handler.fetch(acceptBoth(request), { parsedBody: message })
}

function findCalledTool(message: unknown, tools: Map<string, Tool>): Tool | undefined {
  const call = ToolCall.safeParse(message).data
  return call && tools.get(call.params.name)
}

/** The same error as the API's, which would check the arguments first. */
function insufficientScopes(tool: Tool, viewer: Viewer, baseUrl: string): GraphQLError {
  const lack = lackOf(viewer, tool.fields, baseUrl)
  const [{ coordinate } = { coordinate: tool.name }] = lack.refusedFields
  const required = tool.need.scopes as RequiredScopes // rules have no other scopes
  return forbidden({ coordinate, required, ...lack })
}

/** Executes through all plugins of /graphql, as part of the current request. */
function executeThrough(graphql: McpOptions['graphql'], context: NodeContext): Execute {
  return async (query, variables, extensions) => {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }
    const body = JSON.stringify({ query, variables, extensions })
    const init = { method: 'POST', headers, body }
    const response = await graphql.fetch('http://localhost/graphql', init, context)
    return (await response.json()) as GraphqlAnswer
  }
}

function contractError(error: unknown, request: IncomingMessage): GraphQLError {
  const unexpected = (cause: unknown) => logFailure(request, cause)
  const contractual = toContractError(error, { requestId: request.id, unexpected })
  request.errorCode ??= String(contractual.extensions.code)
  return contractual
}
