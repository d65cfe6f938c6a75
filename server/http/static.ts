import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import sirv from 'sirv'

/** Sent with a charset, so that a browser does not guess one. */
const textTypes: Record<string, string> = { '.md': 'text/markdown', '.txt': 'text/plain' }

const oneYear = 'public, max-age=31536000, immutable'

type Serve = (request: IncomingMessage, response: ServerResponse, onMissing: () => void) => void

/**
 * Serves the built web client. Files with a hash in their name never change; pages are revalidated
 * on each request. A path without a file is a deep link and gets the client's page, except under
 * /assets/, /docs/ and /llms.
 */
export function serveClient(folder: string): Serve {
  const serve = sirv(folder, {
    dev: !existsSync(folder), // not built, as in development: look for files on each request
    etag: true,
    gzip: true,
    brotli: true,
    single: true,
    ignores: [/^\/(assets|docs)\//, /^\/llms/],
    setHeaders: (response, path) => {
      response.setHeader('Cache-Control', path.startsWith('/assets/') ? oneYear : 'no-cache')
      const type = textTypes[extname(path)]
      if (type) response.setHeader('Content-Type', `${type}; charset=utf-8`)
    },
  })
  return (request, response, onMissing) => {
    // A server may ignore Range (RFC 9110 §14.2), and the files are small. sirv fails on a range
    // whose end is before its start.
    delete request.headers.range
    serve(request, response, onMissing)
  }
}
