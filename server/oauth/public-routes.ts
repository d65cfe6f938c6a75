import type { IncomingMessage, ServerResponse } from 'node:http'
import { createMetadata, type MetadataOptions } from './metadata.ts'

/** Routes that browser apps of other origins may call. None of them reads a cookie. */
const crossOriginRoutes = [
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
 * Serves the OAuth metadata documents, and sets CORS headers for the routes that apps of other
 * origins may call without cookies.
 * @returns whether the request is answered.
 */
export function createPublicOAuthRoutes(options: MetadataOptions) {
  const findMetadata = createMetadata(options)
  return (request: IncomingMessage, response: ServerResponse, path: string): boolean => {
    const document = findMetadata(path)
    if (!document && !crossOriginRoutes.includes(path)) return false
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
