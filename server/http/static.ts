import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import sirv from 'sirv'

/** Without a charset a browser would guess. */
const textTypes: Record<string, string> = { '.md': 'text/markdown', '.txt': 'text/plain' }

const year = 'public, max-age=31536000, immutable'

type Serve = (request: IncomingMessage, response: ServerResponse, missing: () => void) => void

/**
 * The built web client. Files with a hash in their name never change; pages are asked for anew.
 * A path without a file of its own is a deep link, and answers the client's page, unless it is one
 * of a document.
 */
export function serveClient(folder: string): Serve {
  const serve = sirv(folder, {
    dev: !existsSync(folder), // not built, as in development: look when asked
    etag: true,
    gzip: true,
    brotli: true,
    single: true,
    ignores: [/^\/(assets|docs)\//, /^\/llms/],
    setHeaders: (response, path) => {
      response.setHeader('Cache-Control', path.startsWith('/assets/') ? year : 'no-cache')
      const type = textTypes[extname(path)]
      if (type) response.setHeader('Content-Type', `${type}; charset=utf-8`)
    },
  })
  return (request, response, missing) => {
    // A file is small enough to be sent whole (RFC 9110 §14.2); sirv breaks off at a range that ends before it begins.
    delete request.headers.range
    serve(request, response, missing)
  }
}
