import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServerAdapter } from '@whatwg-node/server'
import helmet from 'helmet'
import { requireDatabase } from '#db/availability.ts'
import { QueueFull } from '#db/fair-queue.ts'
import { type ErrorCode, internalError } from '#schema/errors.ts'
import { schema, sdl } from '#schema/index.ts'
import { grantableScopes } from '#schema/scopes.ts'
import type { Auth } from './accounts/auth.ts'
import { createAuthRoutes } from './accounts/auth-routes.ts'
import { databaseRefusal } from './graphql/contract-errors.ts'
import type { NodeContext } from './graphql/node-plugin.ts'
import type { createGraphql } from './graphql/yoga.ts'
import { boundAccountInput, shortenRefusal } from './http/account-input.ts'
import { allowAnyOrigin } from './http/cross-origin.ts'
import { serveText } from './http/etag.ts'
import { createNavigationErrors } from './http/navigation-errors.ts'
import { addressHeader, dropScriptMetadata, requestHeader } from './http/origin-headers.ts'
import { createPagePolicy } from './http/page-policy.ts'
import {
  answerAuth,
  Refusal,
  refuseUpgrade,
  sendFailure,
  sendRefusal,
  sendText,
} from './http/refusals.ts'
import { limitTime, takeBody } from './http/request-limits.ts'
import { isPublicText, pathOf, removeSlash } from './http/request-path.ts'
import { createSecurityText, securityTextPath } from './http/security-text.ts'
import { serveClient } from './http/static.ts'
import type { Budget } from './limits/budget.ts'
import type { AddressOf } from './limits/client-address.ts'
import { createTurns, type Sender } from './limits/turns.ts'
import type { EventCounter } from './log/event-counter.ts'
import { attributeErrors, type Logger, logFailure } from './log/log.ts'
import { createRequestLog } from './log/request-log.ts'
import { listToolScopes } from './mcp/tools.ts'
import type { ObserveRequest } from './metrics/request-metrics.ts'
import type { MetricsRoute } from './metrics/route.ts'
import type { ResourceScopes } from './oauth/metadata.ts'
import { createPublicOAuthRoutes } from './oauth/public-routes.ts'
import type { ExchangeRoutes } from './tokens/exchange-routes.ts'
import type { Introspection } from './tokens/introspection.ts'
import type { TraceRequest } from './tracing/tracing.ts'

type AppOptions = {
  addressOf: AddressOf
  /** Counts refused tokens and exceeded limits. */
  eventCounter: EventCounter
  graphql: ReturnType<typeof createGraphql>
  mcp: RequestListener
  auth: Auth
  /** Points of client addresses at /api/auth. Undefined: no limit. */
  authBudget?: Budget
  exchangeRoutes: ExchangeRoutes
  /** Whether users may sign in with an OpenID provider. Default: no. */
  hasOpenId?: boolean
  /** Undefined: tokens cannot be introspected. */
  introspection?: Introspection
  /** Undefined: requests are not measured. */
  observeRequest?: ObserveRequest
  /** Undefined: requests are not traced. */
  traceRequest?: TraceRequest
  /** Undefined: /metrics does not exist on this port. */
  metricsRoute?: MetricsRoute
  /** Resolves when requests can be served. Rejects otherwise; the reason is in the log. */
  checkReady: () => Promise<unknown>
  /** The folder of the built web client. */
  clientFolder: string
  /** A mailto: or https: URL. Undefined: no security.txt. */
  securityContact?: string
  isHttps: boolean
  log: Logger
  /** Whether each request has a line in the log. Default: true. */
  accessLog?: boolean
  /** Whether a trusted proxy has sent the request. Default: no. */
  isFromProxy?: (request: IncomingMessage) => boolean
}

const limitCodes: Record<number, ErrorCode> = { 413: 'OPERATION_TOO_COMPLEX', 429: 'RATE_LIMITED' }
/** The beginning of the header; parameters may follow. */
const invalidTokenChallenge = 'Bearer error="invalid_token"'

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown

/** Handles every request: GraphQL, MCP, accounts, OAuth metadata, health checks and pages. */
export function createApp(options: AppOptions): RequestListener {
  const logRequest = createRequestLog(options)
  const securePage = helmet(createPagePolicy(options.isHttps))
  const handle = createRoutes(options, securePage)
  const answerBrowser = createNavigationErrors(options.clientFolder, (request, response) =>
    securePage(request, response, () => {}),
  )
  const takeTurn = createTurns()
  return (request, response) => {
    removeSlash(request)
    const logAnswer = logRequest(request, response)
    const span = options.traceRequest?.(request, response)
    const endTime = limitTime(request, response)
    response.once('close', () => {
      endTime()
      countRefusal(options, request, response)
      options.observeRequest?.(request, response)
      span?.end()
      logAnswer()
    })
    response.setHeader('X-Content-Type-Options', 'nosniff')
    answerBrowser(request, response)
    // `handle` may throw or reject. Neither may end the process or leave the client without a
    // response.
    const work = async () => {
      try {
        const isTaken = takeBody(request, response)
        if (isTaken === true || (await isTaken)) await handle(request, response)
      } catch (error) {
        sendFailure(request, response, error)
      }
    }
    const traced = span ? () => span.run(work) : work
    takeTurn(senderOf(request, options.addressOf), response, traced).catch((err) =>
      err instanceof QueueFull
        ? refuseTurn(request, response)
        : sendFailure(request, response, err),
    )
  }
}

/** The key of the queue that the request waits in. The credential is not verified yet. */
function senderOf(request: IncomingMessage, addressOf: AddressOf): Sender {
  const { authorization, cookie } = request.headers
  return { address: addressOf(request), credential: authorization ?? cookie ?? '' }
}

/** The queue of this sender is full. The queues of other senders are separate. */
function refuseTurn(request: IncomingMessage, response: ServerResponse): void {
  const message =
    'Too many of your requests are waiting. Send fewer concurrently, and try again in a second.'
  const headers = { 'Retry-After': '1', Connection: 'close' } // the body may be unread
  const refusal = new Refusal({ code: 'RATE_LIMITED', message, status: 429, headers })
  sendRefusal(request, response, refusal)
}

function countRefusal(
  { addressOf, eventCounter }: AppOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { statusCode } = response
  if (statusCode < 400) return
  const challenge = String(response.getHeader('WWW-Authenticate'))
  const origin = { address: addressOf(request), requestId: request.id }
  if (statusCode === 401 && challenge.startsWith(invalidTokenChallenge))
    eventCounter.count('token_refused', origin)
  const code = limitCodes[statusCode]
  if (code) eventCounter.count('limit_hit', { ...origin, code })
}

function createRoutes(options: AppOptions, securePage: ReturnType<typeof helmet>): Handle {
  const { graphql, mcp, auth, addressOf, checkReady, metricsRoute, clientFolder } = options
  const answerApp = createPublicOAuthRoutes({
    baseUrl: auth.options.baseURL,
    resourceScopes: listResourceScopes(),
    hasIntrospection: options.introspection !== undefined,
  })
  const answerAuth = createAuthRoutes(options)
  // Without the database Better Auth would handle a session as absent, and sign the user out.
  const answerAccount = (request: Request) => requireDatabase(async () => answerAuth(request))
  const authAdapter = createServerAdapter<NodeContext>((request, { req }) =>
    boundAccountInput(request)
      .then((bounded) =>
        bounded instanceof Response ? bounded : attributeErrors(req, () => answerAccount(bounded)),
      )
      .then(shortenRefusal)
      .catch((err) => answerFailure(req, err)),
  )
  const client = serveClient(clientFolder)
  const sendSchema = serveText(sdl, 'text/plain; charset=utf-8')
  const page: Handle = (request, response) =>
    securePage(request, response, () =>
      client(request, response, () => sendText(response, 404, 'Not found.\n')),
    )

  return (request, response) => {
    // Libraries build a URL from this header and fail on a malformed one. We do not use the
    // client's value.
    request.headers.host = 'localhost'
    const path = pathOf(request)
    if (request.headers.upgrade?.toLowerCase() === 'websocket')
      return refuseUpgrade(request, response)
    if (path === '/graphql') {
      if (acceptsPage(request)) {
        request.url = '/playground/index.html'
        return page(request, response)
      }
      response.setHeader('Cache-Control', 'no-store')
      return graphql.handle(request, response)
    }
    if (path === '/mcp') {
      response.setHeader('Cache-Control', 'no-store')
      return mcp(request, response)
    }
    if (attributeErrors(request, () => answerApp(request, response, path))) return undefined
    if (path.startsWith('/api/auth/')) {
      request.headers[addressHeader] = addressOf(request)
      request.headers[requestHeader] = request.id
      dropScriptMetadata(request.headers)
      response.setHeader('Cache-Control', 'no-store')
      return authAdapter(request, response)
    }
    if (isPublicText(path) && allowAnyOrigin(request, response)) return undefined
    if (path === '/schema.graphql') return sendSchema(request, response)
    if (path === securityTextPath && options.securityContact !== undefined) {
      const { baseURL } = auth.options
      return sendText(
        response,
        200,
        createSecurityText(options.securityContact, baseURL, Date.now()),
      )
    }
    if (path === '/health/live') return sendText(response, 200, 'up\n')
    if (path === '/health/ready') return answerReady(response, checkReady)
    if (path === '/metrics' && metricsRoute) return metricsRoute(request, response)
    // A client of an API must not get a page.
    if (path.startsWith('/api/')) return sendText(response, 404, 'Not found.\n')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return sendText(response, 405, 'Use GET or HEAD.\n')
    }
    return page(request, response)
  }
}

/**
 * The scopes of the protected resource, by its path. Of /mcp: those that its tools need. The scope
 * that gives a refresh token is one of the authorization server, and of no resource.
 */
function listResourceScopes(): ResourceScopes {
  return { '': grantableScopes, '/graphql': grantableScopes, '/mcp': listToolScopes(schema) }
}

function acceptsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

async function answerReady(response: ServerResponse, checkReady: () => Promise<unknown>) {
  try {
    await checkReady()
    sendText(response, 200, 'ready\n')
  } catch {
    response.setHeader('Retry-After', '5')
    sendText(response, 503, 'not ready: the log of this instance says why\n')
  }
}

/** In the error format of Better Auth. */
function answerFailure(request: IncomingMessage, error: unknown): Response {
  const { id: requestId } = request
  const refusal = databaseRefusal(error, requestId)
  if (!refusal) logFailure(request, error)
  return answerAuth(Refusal.from(refusal ?? internalError(requestId)))
}
