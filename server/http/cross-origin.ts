import type { IncomingMessage, ServerResponse } from 'node:http'

/*
 * CORS for pages of any origin. No response ever has Access-Control-Allow-Credentials, so browsers
 * send no cookies.
 */

/** A list of header names (RFC 9110 §5.1). */
const nameList = /^[\w!#$%&'*+.^`|~-]+( *, *[\w!#$%&'*+.^`|~-]+)*$/

/**
 * The value of Access-Control-Allow-Headers. Clients add headers of their own, such as `traceparent`
 * or `apollographql-client-name`, so a preflight gets what it asks for. A star would not include
 * Authorization.
 */
export function chooseAllowedHeaders(asked: string | null | undefined, usual: string): string {
  return asked && nameList.test(asked.trim()) ? asked.trim() : usual
}

const usualHeaders = 'Authorization, Content-Type, MCP-Protocol-Version'

/**
 * Lets pages of any origin call a route that reads no cookies.
 * @returns whether the request was a preflight and is answered.
 */
export function allowAnyOrigin(request: IncomingMessage, response: ServerResponse): boolean {
  const asked = request.headers['access-control-request-headers']
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST')
  response.setHeader('Access-Control-Allow-Headers', chooseAllowedHeaders(asked, usualHeaders))
  response.setHeader('Access-Control-Expose-Headers', 'ETag, Retry-After, X-Request-Id')
  response.setHeader('Access-Control-Max-Age', '86400')
  if (request.method !== 'OPTIONS') return false
  response.writeHead(204).end()
  return true
}
