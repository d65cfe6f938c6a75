import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { GraphQLSchema } from 'graphql'
import type { YogaServerInstance } from 'graphql-yoga'
import type { Context, Viewer } from '#schema/context.ts'
import { readBody } from '../http/request-limits.ts'
import type { Authenticate } from '../tokens/viewer.ts'
import type { Charges } from './charges.ts'
import type { InContract } from './contract-errors.ts'
import type { NodeContext } from './node-plugin.ts'
import { type Params, parseParams } from './post-params.ts'

/** What both direct answers need. */
export type PostOptions = {
  schema: GraphQLSchema
  authenticate: Authenticate
  charges: Charges
  createContext: (viewer: Viewer | null) => Context
  inContract: InContract
  /** The complete server, for every other request. */
  yoga: Pick<YogaServerInstance<NodeContext, Context>, 'fetchAPI'> &
    ((request: IncomingMessage, response: ServerResponse, context: Partial<NodeContext>) => unknown)
}

/** `viewer` undefined: the credential is bad, or nothing was looked at because `params` is undefined. */
export type ReceivedPost = {
  params: Params | undefined
  viewer: Viewer | null | undefined
  /** For Yoga, which reports what it rejects with. */
  authentication: Promise<Viewer | null>
  body: Buffer[]
}

/** Undefined: the client has gone, or the body is too large, which is answered. */
export async function receivePost(
  request: IncomingMessage,
  authenticate: Authenticate,
): Promise<ReceivedPost | undefined> {
  const authentication = authenticate(request)
  authentication.catch(() => {})
  const body = await readBody(request)
  if (body === 'GONE' || body === 'TOO_LARGE') return undefined
  const params = parseParams(Buffer.concat(body).toString())
  const viewer = params && (await authentication.catch(() => undefined))
  return { params, viewer, authentication, body }
}

/** What Yoga needs to handle a received request. */
export function handOver(
  request: IncomingMessage,
  { body, authentication }: ReceivedPost,
  isCharged: boolean,
) {
  Object.assign(request, { body: Readable.from(body) })
  return { authentication, isCharged }
}
