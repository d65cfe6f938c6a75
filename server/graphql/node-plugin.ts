import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '#schema/context.ts'

/** Node's request and response. pino-http adds `req.id` and `req.log`. */
export type NodeContext = { req: IncomingMessage; res: ServerResponse }

/** A plugin of Yoga that sees Node's request and response. */
export type NodePlugin = Plugin<Context & NodeContext, NodeContext>
