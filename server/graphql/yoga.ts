import type { IncomingMessage } from 'node:http'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { createYoga, isAsyncIterable, mapAsyncIterator } from 'graphql-yoga'
import type { Db } from '#db/client.ts'
import type { Context, Viewer } from '#schema/context.ts'
import { schema } from '#schema/index.ts'
import { answerGraphql, logUnexpected, Refusal } from '../http/refusals.ts'
import type { Budget } from '../limits/budget.ts'
import type { AddressOf } from '../limits/client-address.ts'
import type { Authenticate } from '../tokens/viewer.ts'
import { toContractError } from './contract-errors.ts'
import { documentCache, operationLimits } from './document-limits.ts'
import { anyOrigin, jsonInQuery, jsonOnly, streams } from './http-plugins.ts'
import { inputLimits } from './input-limits.ts'
import type { NodeContext, NodePlugin } from './node-plugin.ts'
import { operationBudget } from './operation-budget.ts'
import { operationTurns } from './operation-turns.ts'

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

/** Checks the credential before the request is parsed. An invalid one is 401 on every request. */
function authentication(
  authenticate: Authenticate,
  viewers: WeakMap<IncomingMessage, Viewer | null>,
): NodePlugin {
  return {
    async onRequest({ request, serverContext, endResponse, fetchAPI }) {
      if (request.method === 'OPTIONS') return
      const { req, authenticatedViewer } = serverContext
      try {
        viewers.set(req, authenticatedViewer ?? (await authenticate(req)))
      } catch (error) {
        endResponse(answerGraphql(Refusal.from(contractError(error, req)), request, fetchAPI))
      }
    },
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

function contractError(error: unknown, request: IncomingMessage): GraphQLError {
  const unexpected = (cause: unknown) => logUnexpected(request, cause)
  return toContractError(error, { requestId: String(request.id), unexpected })
}
