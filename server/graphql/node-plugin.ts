import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Plugin } from 'graphql-yoga'
import type { Context, Viewer } from '#schema/context.ts'

export type NodeContext = {
  req: IncomingMessage
  res: ServerResponse
  /** Set when the caller is known or being verified already, so that it is verified once. */
  authentication?: Promise<Viewer | null>
  /** The point of the request is paid. */
  isCharged?: boolean
}

/** A plugin of Yoga that sees Node's request and response. */
export type NodePlugin = Plugin<Context & NodeContext, NodeContext>
