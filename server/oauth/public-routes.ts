import type { IncomingMessage, ServerResponse } from 'node:http'
import { allowAnyOrigin } from '../http/cross-origin.ts'
import { createMetadata, type MetadataOptions } from './metadata.ts'

/** Routes that browser apps of other origins may call. None of them reads a cookie. */
const crossOriginRoutes = [
  '/oauth2/token',
  '/oauth2/register',
  '/oauth2/revoke',
  '/token/exchange',
  '/jwks',
].map((route) => `/api/auth${route}`)

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
    if (allowAnyOrigin(request, response)) return true
    if (!document) return false
    answerDocument(request, response, document)
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
