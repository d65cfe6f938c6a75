import type { IncomingMessage, ServerResponse } from 'node:http'
import { createDiscovery } from './metadata.ts'

/** What apps call that run in a page of another site; none of it goes by a cookie. */
const forApps = [
  '/oauth2/token',
  '/oauth2/register',
  '/oauth2/revoke',
  '/token/exchange',
  '/jwks',
].map((route) => `/api/auth${route}`)

const cors = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, MCP-Protocol-Version',
  'Access-Control-Max-Age': '86400',
}

/**
 * The documents by which apps find their way, and the leave for pages of other sites to call what
 * is meant for apps, without credentials of the browser.
 * @returns whether the request is answered.
 */
export function createPublicOAuthRoutes(baseUrl: string) {
  const documentAt = createDiscovery(baseUrl)
  return (request: IncomingMessage, response: ServerResponse, path: string): boolean => {
    const document = documentAt(path)
    if (!document && !forApps.includes(path)) return false
    for (const [name, value] of Object.entries(cors)) response.setHeader(name, value)
    if (request.method === 'OPTIONS') response.writeHead(204).end()
    else if (document) answerDocument(request, response, document)
    else return false
    return true
  }
}

function answerDocument({ method }: IncomingMessage, response: ServerResponse, document: object) {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end()
    return
  }
  response.setHeader('Cache-Control', 'public, max-age=3600')
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
}
