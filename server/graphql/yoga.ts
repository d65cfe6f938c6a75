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

/** Node's request and response. pino-http adds `req.id` and `req.log`. */
export type NodeContext = { req: IncomingMessage; res: ServerResponse }

type GraphqlOptions = {
  db: Db
  baseUrl: string
  /** Undefined: no rate limit. */
  budget?: Budget
  addressOf: AddressOf
  /** Called for each operation that exceeds a limit. */
  noteLimit: (request: IncomingMessage) => void
  authenticate: Authenticate
  followTasks: Context['followTasks']
}

/** Serves the schema with GraphQL over HTTP at /graphql. */
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
    maskedErrors: false, // contractErrors masks the errors of every result
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

/** Checks the credential before the request is parsed. An invalid one is 401 on every request. */
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

/** Against CSRF: a page of another site can send bodies of other types without a preflight. */
const jsonOnly: NodePlugin = {
  onRequest({ request, endResponse, fetchAPI }) {
    const [type] = request.headers.get('content-type')?.split(';') ?? []
    if (request.method !== 'POST' || type?.trim().toLowerCase() === 'application/json') return
    const error = badUserInput('Send the body as JSON, with "Content-Type: application/json".')
    // Without a body, a missing type is not the error.
    const status = type === undefined && isBodiless(request) ? 400 : 415
    error.extensions.http = { status, headers: { 'Accept-Post': 'application/json' } }
    endResponse(answerGraphql(Refusal.from(error), request, fetchAPI))
  },
}

function isBodiless({ headers }: Request): boolean {
  return !headers.has('transfer-encoding') && Number(headers.get('content-length') ?? 0) === 0
}

/** Yoga parses both without a check, and would answer 500 to invalid JSON of the client. */
const jsonInQuery: NodePlugin = {
  onRequest({ request, url, endResponse, fetchAPI }) {
    const invalid = ['variables', 'extensions'].find((name) => !isJson(url.searchParams.get(name)))
    if (request.method !== 'GET' || invalid === undefined) return
    const error = badUserInput(`${invalid} must be JSON.`, invalid)
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

/** Ends a stream when its connection closes, even if the request has failed before. */
const streams: NodePlugin = {
  onExecutionResult({ result, setResult, request, context: { res } }) {
    if (!isAsyncIterable(result)) return
    const end = () => void result[Symbol.asyncIterator]().return?.()
    if (res.destroyed) end()
    else res.once('close', end)
    if (acceptsEvents(request)) return
    const error = badUserInput('A subscription is a stream. Send "Accept: text/event-stream".')
    error.extensions.http = { status: 406 }
    setResult({ errors: [error] })
  },
}

function acceptsEvents({ headers }: Request): boolean {
  return /text\/(event-stream|\*)|\*\/\*/.test(headers.get('accept') ?? '*/*')
}

/**
 * Yoga repeats the client's Origin. A star has the same effect, and browsers then send no
 * credentials.
 */
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
