import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import sirv from 'sirv'

const year = 'public, max-age=31536000, immutable'

type Serve = (request: IncomingMessage, response: ServerResponse, missing: () => void) => void

/**
 * The built web client. Files with a hash in their name never change; pages are asked for anew.
 * A path without a file of its own is a deep link, and answers the client's page.
 */
export function serveClient(folder: string): Serve {
  const serve = sirv(folder, {
    dev: !existsSync(folder), // not built, as in development: look when asked
    etag: true,
    gzip: true,
    brotli: true,
    single: true,
    ignores: [/^\/assets\//],
    setHeaders: (response, path) => {
      response.setHeader('Cache-Control', path.startsWith('/assets/') ? year : 'no-cache')
    },
  })
  return (request, response, missing) => {
    // A file is small enough to be sent whole (RFC 9110 §14.2); sirv breaks off at a range that ends before it begins.
    delete request.headers.range
    serve(request, response, missing)
  }
}
