import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { createYoga, isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import type { Db } from '#db/client.ts'
import type { Context, Viewer } from '#schema/context.ts'
import { badUserInput } from '#schema/errors.ts'
import { schema } from '#schema/index.ts'
import { answerGraphql, logUnexpected, Refusal } from '../http/refusals.ts'
import type { Budget } from '../limits/budget.ts'
import type { AddressOf } from '../limits/client-address.ts'
import type { Authenticate } from '../tokens/viewer.ts'
import { toContractError } from './contract-errors.ts'
import { documentCache, operationLimits } from './document-limits.ts'
import { inputLimits } from './input-limits.ts'
import { operationBudget } from './operation-budget.ts'
import { operationTurns } from './operation-turns.ts'

/** What Node hands on with each request; `req.id` and `req.log` are pino-http's. */
export type NodeContext = { req: IncomingMessage; res: ServerResponse }

type GraphqlOptions = {
  db: Db
  baseUrl: string
  /** Undefined: everybody may spend as much as they like. */
  budget?: Budget
  addressOf: AddressOf
  /** Called for each operation that asks for too much. */
  noteLimit: (request: IncomingMessage) => void
  authenticate: Authenticate
  followTasks: Context['followTasks']
}

/** Yoga around the schema: GraphQL over HTTP at /graphql. */
export function createGraphql(options: GraphqlOptions) {
  const { db, baseUrl, budget, addressOf, noteLimit, authenticate, followTasks } = options
  const viewers = new WeakMap<IncomingMessage, Viewer | null>()
  const viewerOf = (request: IncomingMessage) => viewers.get(request) ?? null
  return createYoga<NodeContext, Context>({
    schema,
    context: ({ req }) => ({ db, baseUrl, followTasks, viewer: viewerOf(req) }),
    plugins: [
      authentication(authenticate, viewers),
      jsonOnly,
      jsonInQuery,
      operationLimits,
      operationBudget({ budget, viewerOf, addressOf }),
      inputLimits,
      operationTurns({ viewerOf, addressOf }),
      streams,
      contractErrors(noteLimit),
      anyOrigin,
    ],
    maskedErrors: false, // contractErrors does it, for every result
    cors: {
      origin: '*',
      credentials: false,
      methods: ['GET', 'POST'],
      allowedHeaders: ['Authorization', 'Content-Type', 'Accept'],
      exposedHeaders: [
        'WWW-Authenticate',
        'Retry-After',
        'RateLimit-Limit',
        'RateLimit-Remaining',
        'RateLimit-Reset',
        'X-Request-Id',
      ],
      maxAge: 86_400,
    },
    parserAndValidationCache: documentCache(),
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  })
}

export type NodePlugin = Plugin<Context & NodeContext, NodeContext>

/** The credential is read before anything of the request is parsed: a bad one is 401 on any request. */
function authentication(
  authenticate: Authenticate,
  viewers: WeakMap<IncomingMessage, Viewer | null>,
): NodePlugin {
  return {
    async onRequest({ request, serverContext: { req }, endResponse, fetchAPI }) {
      if (request.method === 'OPTIONS') return
      try {
        viewers.set(req, await authenticate(req))
      } catch (error) {
        endResponse(answerGraphql(Refusal.from(contractError(error, req)), request, fetchAPI))
      }
    },
  }
}

/** Bodies of other types would let a page of another site send them without asking (CSRF). */
const jsonOnly: NodePlugin = {
  onRequest({ request, endResponse, fetchAPI }) {
    const [type] = request.headers.get('content-type')?.split(';') ?? []
    if (request.method !== 'POST' || type?.trim().toLowerCase() === 'application/json') return
    const error = badUserInput('Send the body as JSON, with "Content-Type: application/json".')
    // What is not there has no type to object to.
    const status = type === undefined && isBodiless(request) ? 400 : 415
    error.extensions.http = { status, headers: { 'Accept-Post': 'application/json' } }
    endResponse(answerGraphql(Refusal.from(error), request, fetchAPI))
  },
}

function isBodiless({ headers }: Request): boolean {
  return !headers.has('transfer-encoding') && Number(headers.get('content-length') ?? 0) === 0
}

/** Yoga hands both to JSON.parse as they come, and would answer a fault of the client with 500. */
const jsonInQuery: NodePlugin = {
  onRequest({ request, url, endResponse, fetchAPI }) {
    const broken = ['variables', 'extensions'].find((name) => !isJson(url.searchParams.get(name)))
    if (request.method !== 'GET' || broken === undefined) return
    const error = badUserInput(`${broken} must be JSON.`, broken)
    error.extensions.http = { status: 400, headers: {} }
    endResponse(answerGraphql(Refusal.from(error), request, fetchAPI))
  },
}

function isJson(text: string | null): boolean {
  try {
    JSON.parse(text || 'null')
    return true
  } catch {
    return false
  }
}

function contractErrors(noteLimit: GraphqlOptions['noteLimit']): NodePlugin {
  return {
    onResultProcess({ result, setResult, serverContext: { req } }) {
      const inContract = (one: ExecutionResult): ExecutionResult => {
        const errors = one.errors?.map((error) => contractError(error, req))
        if (errors?.some(({ extensions }) => extensions.code === 'OPERATION_TOO_COMPLEX')) {
          noteLimit(req)
        }
        return errors ? { ...one, errors } : one
      }
      if (isAsyncIterable<ExecutionResult>(result)) setResult(mapAsyncIterator(result, inContract))
      else if ('errors' in result) setResult(inContract(result))
    },
  }
}

/** A stream ends with the connection that it was meant for, whatever has become of the request. */
const streams: NodePlugin = {
  onExecutionResult({ result, setResult, request, context: { res } }) {
    if (!isAsyncIterable(result)) return
    const end = () => void result[Symbol.asyncIterator]().return?.()
    if (res.destroyed) end()
    else res.once('close', end)
    if (acceptsEvents(request)) return
    const error = badUserInput('A subscription is a stream: ask with "Accept: text/event-stream".')
    error.extensions.http = { status: 406 }
    setResult({ errors: [error] })
  },
}

function acceptsEvents({ headers }: Request): boolean {
  return /text\/(event-stream|\*)|\*\/\*/.test(headers.get('accept') ?? '*/*')
}

/** Yoga repeats the caller's Origin. A star says the same, and rules out credentials in every browser. */
const anyOrigin: NodePlugin = {
  onResponse({ response: { headers } }) {
    if (!headers.has('Access-Control-Allow-Origin')) return
    headers.set('Access-Control-Allow-Origin', '*')
    headers.delete('Vary')
  },
}

function contractError(error: unknown, request: IncomingMessage): GraphQLError {
  const unexpected = (cause: unknown) => logUnexpected(request, cause)
  return toContractError(error, { requestId: String(request.id), unexpected })
}
