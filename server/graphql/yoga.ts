import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
} from 'graphql'
import { createYoga, isAsyncIterable, mapAsyncIterator } from 'graphql-yoga'
import { type Db, metered } from '#db/client.ts'
import type { Context, Viewer } from '#schema/context.ts'
import { schema } from '#schema/index.ts'
import { answerGraphql, Refusal } from '../http/refusals.ts'
import type { Budget } from '../limits/budget.ts'
import type { AddressOf } from '../limits/client-address.ts'
import { logFailure } from '../log/log.ts'
import { noteOperation } from '../log/request-notes.ts'
import type { Authenticate } from '../tokens/viewer.ts'
import { createCharges, type Payer } from './charges.ts'
import { type InContract, toContractError } from './contract-errors.ts'
import { cors } from './cors.ts'
import { documentCache, operationLimits } from './document-limits.ts'
import { dryRuns } from './dry-run.ts'
import { createEventPost, isEventPost } from './event-post.ts'
import {
  anyOrigin,
  jsonInQuery,
  jsonOnly,
  liberalParams,
  streams,
  unbufferedStreams,
} from './http-plugins.ts'
import { inputLimits } from './input-limits.ts'
import { createJsonPost } from './json-post.ts'
import type { NodeContext, NodePlugin } from './node-plugin.ts'
import { operationBudget } from './operation-budget.ts'
import { createOperationTurns, operationTurns } from './operation-turns.ts'

type GraphqlOptions = {
  db: Db
  baseUrl: string
  /** Undefined: no rate limit. */
  budget?: Budget
  addressOf: AddressOf
  /** Called for each operation that exceeds a limit. */
  onExceededLimit: (request: IncomingMessage) => void
  authenticate: Authenticate
  subscribeToTasks: Context['subscribeToTasks']
}

/**
 * Serves the schema with GraphQL over HTTP at /graphql. `handle` answers a request of Node;
 * `fetch` one of another part of the server, such as /mcp.
 */
export function createGraphql(options: GraphqlOptions) {
  const { db, baseUrl, budget, addressOf, onExceededLimit, authenticate, subscribeToTasks } =
    options
  const viewers = new WeakMap<IncomingMessage, Viewer | null>()
  const charges = createCharges(budget, addressOf)
  const turns = createOperationTurns(addressOf)
  const createContext = (viewer: Viewer | null): Context => ({
    db: metered(db, { connectionMs: 0 }),
    baseUrl,
    subscribeToTasks,
    viewer,
  })
  const viewerOf = (request: IncomingMessage) => viewers.get(request) ?? null
  const payerOf = ({ req, res }: NodeContext): Payer => ({ req, res, viewer: viewerOf(req) })
  const inContract = createContractErrors(onExceededLimit)
  const yoga = createYoga<NodeContext, Context>({
    schema,
    context: ({ req }) => createContext(viewerOf(req)),
    plugins: [
      authentication(authenticate, viewers),
      jsonOnly,
      jsonInQuery,
      liberalParams,
      operationLimits,
      notes,
      operationBudget({ charges, payerOf }),
      inputLimits,
      dryRuns, // before operationTurns, so that it runs in the turn of its operation
      operationTurns(turns, payerOf),
      streams,
      contractErrors(inContract),
      unbufferedStreams,
      anyOrigin,
    ],
    maskedErrors: false, // contractErrors masks the errors of every result
    cors,
    parserAndValidationCache: documentCache(),
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  })
  const parts = { schema, authenticate, charges, createContext, inContract, yoga }
  const answerJson = createJsonPost({ ...parts, turns })
  const answerEvents = createEventPost(parts)
  const handle = (request: IncomingMessage, response: ServerResponse): unknown =>
    isEventPost(request) ? answerEvents(request, response) : answerJson(request, response)
  return { handle, fetch: yoga.fetch }
}

/** Checks the credential before the request is parsed. An invalid one is 401 on every request. */
function authentication(
  authenticate: Authenticate,
  viewers: WeakMap<IncomingMessage, Viewer | null>,
): NodePlugin {
  return {
    async onRequest({ request, serverContext, endResponse, fetchAPI }) {
      if (request.method === 'OPTIONS') return
      const { req, authentication = authenticate(req) } = serverContext
      try {
        viewers.set(req, await authentication)
      } catch (error) {
        endResponse(answerGraphql(Refusal.from(contractError(error, req)), request, fetchAPI))
      }
    },
  }
}

type Noted = ExecutionArgs & { contextValue: NodeContext }

const notes: NodePlugin = {
  onExecute: ({ args }) => note(args),
  onSubscribe: ({ args }) => note(args),
}

function note({ document, operationName, contextValue }: Noted): void {
  noteOperation(contextValue.req, getOperationAST(document, operationName) ?? undefined)
}

function createContractErrors(onExceededLimit: GraphqlOptions['onExceededLimit']): InContract {
  return (result, req) => {
    const errors = result.errors?.map((error) => contractError(error, req))
    if (errors?.some(({ extensions }) => extensions.code === 'OPERATION_TOO_COMPLEX')) {
      onExceededLimit(req)
    }
    return errors ? { ...result, errors } : result
  }
}

function contractErrors(inContract: InContract): NodePlugin {
  return {
    onResultProcess({ result, setResult, serverContext: { req } }) {
      const convert = (one: ExecutionResult) => inContract(one, req)
      if (isAsyncIterable<ExecutionResult>(result)) setResult(mapAsyncIterator(result, convert))
      else if ('errors' in result) setResult(convert(result))
    },
  }
}

function contractError(error: unknown, request: IncomingMessage): GraphQLError {
  const unexpected = (cause: unknown) => logFailure(request, cause)
  const contractual = toContractError(error, { requestId: request.id, unexpected })
  request.errorCode ??= String(contractual.extensions.code)
  return contractual
}
