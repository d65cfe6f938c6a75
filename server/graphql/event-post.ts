import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql'
import { isAsyncIterable, processRegularResult } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { costOf } from '#schema/cost.ts'
import { parseBounded, validateBounded } from '#schema/document.ts'
import { sendFailure } from '../http/refusals.ts'
import { noteOperation } from '../log/request-notes.ts'
import { costPerPoint, type Payer } from './charges.ts'
import { estimateBytes } from './compiled/document-size.ts'
import { corsHeaders } from './cors.ts'
import { createEventWriter } from './event-writer.ts'
import { findParamsFault } from './input-limits.ts'
import { isJsonPost } from './media-types.ts'
import type { Params } from './post-params.ts'
import { handOver, type PostOptions, receivePost } from './received-post.ts'
import { subscribeShared } from './shared-events.ts'

/** Max bytes of the subscriptions in the cache. */
const maxCachedBytes = 2_000_000

/** Whether the request is a POST of JSON that accepts a stream of events and nothing else. */
export function isEventPost(request: IncomingMessage): boolean {
  return request.headers.accept === 'text/event-stream' && isJsonPost(request)
}

/**
 * Answers a subscription itself, because Yoga keeps the objects of a request as long as the stream is
 * open: docs/decisions/0035-streams-are-written-directly.md. It only begins streams. Every other
 * request goes to Yoga, also one that is refused, so that Yoga alone defines refusals.
 */
export function createEventPost(options: PostOptions) {
  const { schema, authenticate, charges, createContext, inContract, yoga } = options
  const findSubscriptions = createSubscriptionCache(schema)
  const write = createEventWriter()
  const texts = new WeakMap<ExecutionResult, string>()

  /** Undefined: Yoga has the request, or the client has gone. */
  async function begin(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<AsyncIterable<ExecutionResult> | undefined> {
    const received = await receivePost(request, authenticate)
    if (!received) return undefined
    const { params, viewer } = received
    const payer: Payer = { req: request, res: response, viewer: viewer ?? null }
    const isCharged = viewer !== undefined && charge(payer)
    const results = isCharged && params ? await subscribe(params, payer) : undefined
    if (results) return results
    await yoga(request, response, handOver(request, received, isCharged))
    return undefined
  }

  function charge(payer: Payer): boolean {
    try {
      charges.chargeRequest(payer)
      return true
    } catch {
      return false
    }
  }

  /** Undefined: it is no subscription, costs more than the point of the request, or is refused. */
  async function subscribe(
    { query, variables, operationName, extensions }: Params,
    payer: Payer,
  ): Promise<AsyncIterable<ExecutionResult> | undefined> {
    const document = findSubscriptions(query)
    const operation = document && getOperationAST(document, operationName)
    if (!document || operation?.operation !== 'subscription') return undefined
    noteOperation(payer.req, operation)
    const cost = costOf({ document, operationName, variables }) ?? 0
    if (cost > costPerPoint || findParamsFault({ variables, extensions })) return undefined
    if (extensions?.dryRun === true) return undefined
    const contextValue = { ...createContext(payer.viewer), params: { query } }
    const args = { schema, document, operationName, variableValues: variables, contextValue }
    try {
      const result = await subscribeShared(args, async () => charges.chargeEvent(cost, payer))
      return isAsyncIterable(result) ? result : undefined
    } catch {
      return undefined
    }
  }

  /** Streams that share a result share its text. Errors are of a request: they may contain its id. */
  function toText(result: ExecutionResult, request: IncomingMessage): string | Promise<string> {
    if (result.errors)
      return processRegularResult(
        inContract(result, request),
        yoga.fetchAPI,
        'application/json',
      ).text()
    const text = texts.get(result) ?? JSON.stringify(result)
    texts.set(result, text)
    return text
  }

  // The function that began the stream must end, or its body and parameters stay in memory.
  return async (request: IncomingMessage, response: ServerResponse): Promise<unknown> =>
    begin(request, response).then((results) => {
      if (!results) return undefined
      if (request.headers.origin !== undefined && !response.headersSent)
        for (const [name, value] of corsHeaders) response.setHeader(name, value)
      // Not awaited, or the frames of all callers would stay in memory as well.
      write(response, results, (result) => toText(result, request)).catch((error) =>
        sendFailure(request, response, error),
      )
      return undefined
    })
}

/** Valid documents that have a subscription. Undefined: another one. */
function createSubscriptionCache(schema: GraphQLSchema) {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: maxCachedBytes,
    sizeCalculation: (document, text) => estimateBytes(text, document),
  })

  function parseValid(text: string): DocumentNode | undefined {
    try {
      const document = parseBounded(text)
      return validateBounded(schema, document, 1).length === 0 ? document : undefined
    } catch {
      return undefined // too complex, or a syntax error: Yoga reports it
    }
  }

  return (text: string): DocumentNode | undefined => {
    const known = documents.get(text)
    if (known) return known
    const document = text.includes('subscription') ? parseValid(text) : undefined
    if (document) documents.set(text, document)
    return document
  }
}
