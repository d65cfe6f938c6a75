import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Plugin } from 'graphql-yoga'
import type { Context, Viewer } from '#schema/context.ts'

export type NodeContext = {
  /** pino-http adds `id` and `log`. */
  req: IncomingMessage
  res: ServerResponse
  /** /mcp sets it after it has checked the credential, so that /graphql does not check it again. */
  authenticatedViewer?: Viewer
}

/** A plugin of Yoga that sees Node's request and response. */
export type NodePlugin = Plugin<Context & NodeContext, NodeContext>
