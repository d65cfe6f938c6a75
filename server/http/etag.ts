import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

export function createEtag(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url')}"`
}

/** Whether the client has the text with this ETag (RFC 9110 §13.1.2). */
export function isUnchanged(ifNoneMatch: string | null | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return known?.some((tag) => tag === etag || tag === '*') === true
}

/** Returns a handler that sends a text which does not change while the server runs. */
export function serveText(text: string, type: string) {
  const etag = createEtag(text)
  return ({ headers }: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('ETag', etag)
    response.setHeader('Cache-Control', 'no-cache') // revalidated on each request
    if (isUnchanged(headers['if-none-match'], etag)) response.writeHead(304).end()
    else response.writeHead(200, { 'Content-Type': type }).end(text)
  }
}

/** The same response with an ETag, or 304 if the client has it. */
export async function withEtag(request: Request, response: Response): Promise<Response> {
  if (response.status !== 200) return response
  const text = await response.text()
  const etag = createEtag(text)
  const headers = new Headers(response.headers)
  headers.set('ETag', etag)
  headers.set('Cache-Control', 'no-cache')
  return isUnchanged(request.headers.get('if-none-match'), etag)
    ? new Response(null, { status: 304, headers })
    : new Response(text, { status: 200, headers })
}
