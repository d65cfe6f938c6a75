import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLError } from 'graphql'
import { logFailure } from '../log/log.ts'

type RefusalOptions = {
  code: string
  message: string
  status: number
  headers?: Record<string, string>
  extensions?: Record<string, unknown>
}

/** An expected refusal, independent of the protocol that it is answered in. */
export class Refusal {
  readonly code: string
  readonly message: string
  readonly status: number
  readonly headers: Record<string, string>
  /** Further members for GraphQL and MCP clients, such as the lacking scopes. */
  readonly extensions: Record<string, unknown>

  constructor({ code, message, status, headers = {}, extensions = {} }: RefusalOptions) {
    this.code = code
    this.message = message
    this.status = status
    this.headers = headers
    this.extensions = extensions
  }

  /** From an error of schema/errors.ts. Status 400 when the error has none. */
  static from({ message, extensions }: GraphQLError): Refusal {
    const { code, http, ...others } = extensions
    const { status = 400, headers } = http ?? {}
    return new Refusal({ code: String(code), message, status, headers, extensions: others })
  }
}

const graphqlType = 'application/graphql-response+json'

/**
 * In the format of GraphQL over HTTP, for a request that does not reach the GraphQL engine.
 * `fetchAPI`: Yoga's own Response class.
 */
export function answerGraphql(
  refusal: Refusal,
  request: Request,
  fetchAPI: { Response: typeof Response },
): Response {
  const { status, headers } = refusal
  const isAccepted = request.headers.get('accept')?.includes(graphqlType)
  const type = isAccepted ? graphqlType : 'application/json'
  return new fetchAPI.Response(JSON.stringify(toGraphqlBody(refusal)), {
    status,
    headers: { ...headers, 'Content-Type': `${type}; charset=utf-8` },
  })
}

function toGraphqlBody({ code, message, extensions }: Refusal) {
  return { errors: [{ message, extensions: { code, ...extensions } }] }
}

/** In the error format of Better Auth. `oauth`: members of an OAuth error (RFC 6749 §5.2) to add. */
export function answerAuth(refusal: Refusal, oauth: Record<string, string> = {}): Response {
  const { code, message, status, headers } = refusal
  return Response.json({ code, message, ...oauth }, { status, headers })
}

type McpChallenge = {
  /** The URL of the metadata that names the authorization server (RFC 9728 §5.1). */
  metadataUrl: string
  /** The scope that a client without a valid token should request (RFC 6750 §3). */
  initialScope: string
}

/** As a JSON-RPC error. Completes the challenge for clients that discover how to get a token. */
export function answerMcp(refusal: Refusal, { metadataUrl, initialScope }: McpChallenge): Response {
  const { code, message, status, extensions } = refusal
  const headers = new Headers(refusal.headers)
  const challenge = headers.get('WWW-Authenticate')
  const parameters = [
    // Without it, clients request every scope of the metadata. A 403 has named its scopes.
    ...(status === 401 ? [`scope="${initialScope}"`] : []),
    `resource_metadata="${metadataUrl}"`,
  ]
  if (challenge) headers.set('WWW-Authenticate', addParameters(challenge, parameters))
  const error = { code: -32_000, message, data: { code, ...extensions } }
  return Response.json({ jsonrpc: '2.0', id: null, error }, { status, headers })
}

/** A challenge is a scheme followed by parameters separated by commas. */
function addParameters(challenge: string, parameters: string[]): string {
  const separator = challenge.includes(' ') ? ', ' : ' '
  return `${challenge}${separator}${parameters.join(', ')}`
}

/** Headers and body in the format of the request's path, for a refusal before a handler runs. */
export function formatForPath({ url }: IncomingMessage, refusal: Refusal) {
  const isGraphql = url?.split('?', 1)[0] === '/graphql'
  const { code, message } = refusal
  const text = JSON.stringify(isGraphql ? toGraphqlBody(refusal) : { code, message })
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    ...(isGraphql && { 'Access-Control-Allow-Origin': '*' }),
    ...refusal.headers,
  }
  return { headers, text }
}

/** Refuses before a handler runs, in the format of the request's path. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
): void {
  request.errorCode = refusal.code
  const { headers, text } = formatForPath(request, refusal)
  response.writeHead(refusal.status, headers).end(text)
}

/** Node serves a request to upgrade as a usual one. */
export function refuseUpgrade(request: IncomingMessage, response: ServerResponse): void {
  const message =
    'WebSocket is not offered. Subscriptions are server-sent events: POST the operation to /graphql with "Accept: text/event-stream". See /docs/subscriptions.'
  const headers = { Connection: 'close' }
  const refusal = new Refusal({ code: 'BAD_USER_INPUT', message, status: 400, headers })
  sendRefusal(request, response, refusal)
}

/** Sends a plain text. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text)
}

/** For a bug: logs it with the id that the client gets, and answers 500 if that is still possible. */
export function sendFailure(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  logFailure(request, error)
  if (response.headersSent) response.destroy()
  else sendText(response, 500, `Something went wrong on our side (request ${request.id}).\n`)
}
