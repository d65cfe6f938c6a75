import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from '@modelcontextprotocol/server'
import type { Viewer } from '#schema/context.ts'
import { badUserInput } from '#schema/errors.ts'
import { meetsNeed } from '#schema/operation-needs.ts'
import { shorten } from '#schema/shorten.ts'
import { type GraphqlAnswer, toolError, toolResult } from './answers.ts'
import type { Tool } from './tools.ts'

/** Sends an operation to the API with the credential of the current request. */
export type Execute = (
  document: string,
  variables: object,
  extensions: { dryRun?: unknown },
) => Promise<GraphqlAnswer>

type McpServerOptions = { tools: Map<string, Tool>; viewer: Viewer; execute: Execute }

const instructions =
  'You work with the tasks of the user who gave you the token, and with no other tasks. A refusal begins with a code and says what to do. Ids are opaque: take them from list_tasks or find_task.'

/**
 * A server for one request. It lists the tools that the token's scopes allow. An app gets all of
 * them, because a call that is refused for its scopes begins a further authorization.
 */
export function createMcpServer({ tools, viewer, execute }: McpServerOptions): Server {
  const canRequestScopes = viewer.actor.kind === 'APP'
  const server = new Server(
    { name: 'taskward', title: 'Taskward', version: '1.0.0' },
    { capabilities: { tools: {} }, instructions },
  )
  server.setRequestHandler('tools/list', () => {
    // An app that does not know a tool would never request its scopes.
    const isListed = ({ need }: Tool) => canRequestScopes || meetsNeed(viewer.scopes, need)
    return { tools: [...tools.values()].filter(isListed).map(describe) }
  })
  server.setRequestHandler('tools/call', ({ params }) => {
    const tool = tools.get(params.name)
    if (tool) return callTool(tool, params.arguments ?? {}, execute)
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `There is no tool "${shorten(params.name)}".`,
    )
  })
  return server
}

function describe(tool: Tool) {
  const { name, title, description, inputSchema, outputSchema, annotations } = tool
  return { name, title, description, inputSchema, outputSchema, annotations }
}

type Arguments = Record<string, unknown>

async function callTool(tool: Tool, given: Arguments, execute: Execute): Promise<CallToolResult> {
  const { document, inputSchema, takesInput, isMutation } = tool
  // GraphQL ignores a variable that the operation does not declare. The client must know that it
  // has no effect.
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(inputSchema.properties, name))
  if (unknown !== undefined) return refuseArgument(tool.name, unknown)
  const { dryRun, ...fields } = given // the API refuses a dryRun that is not true or false
  const variables = takesInput ? { input: fields } : fields
  return toolResult(await execute(document, variables, { dryRun }), isMutation)
}

function refuseArgument(tool: string, argument: string): CallToolResult {
  const { message, extensions } = badUserInput(
    `${tool} has no argument "${shorten(argument)}".`,
    argument,
  )
  return toolError(message, extensions)
}
