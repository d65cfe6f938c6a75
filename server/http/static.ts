import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import sirv from 'sirv'
import { pathOf } from './request-path.ts'

/** Sent with a charset, so that a browser does not guess one. */
const textTypes: Record<string, string> = { '.md': 'text/markdown', '.txt': 'text/plain' }

const oneYear = 'public, max-age=31536000, immutable'

type Serve = (request: IncomingMessage, response: ServerResponse, onMissing: () => void) => void

/** The paths of the client's pages (web/app.tsx), which have no file. */
export const clientPages = [
  ...['/trash', '/activity', '/developer', '/account', '/apps', '/oauth/consent', '/oauth/error'],
  ...['/sign-in', '/sign-up', '/reset-password', '/forgot', '/verify-email'],
]
/** Paths of files only, also for a browser. */
const filesOnly = /^\/(assets|api)\/|^\/llms/

/** The file that a browser gets with 404. Undefined: none. */
function findMissingPage(path: string): string | undefined {
  if (path.startsWith('/docs/')) return 'docs/404.html' // server/docs-site/site.ts writes it
  return filesOnly.test(path) ? undefined : 'index.html'
}

/**
 * Serves the built web client. Files with a hash in their name never change; pages are revalidated
 * on each request. Another path is 404, so that a health check of a wrong path fails. A browser gets
 * a page with it, which says that there is no such page.
 */
export function serveClient(folder: string): Serve {
  const serve = sirv(folder, {
    dev: !existsSync(folder), // not built, as in development: look for files on each request
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders: (response, path) => {
      response.setHeader('Cache-Control', path.startsWith('/assets/') ? oneYear : 'no-cache')
      const type = textTypes[extname(path)]
      if (type) response.setHeader('Content-Type', `${type}; charset=utf-8`)
    },
  })
  const readMissingPage = (path: string) => {
    const name = findMissingPage(path)
    const file = name && join(folder, name)
    return file && existsSync(file) ? readFileSync(file) : undefined
  }
  return (request, response, onMissing) => {
    // A server may ignore Range (RFC 9110 §14.2), and the files are small. sirv fails on a range
    // whose end is before its start.
    delete request.headers.range
    const path = pathOf(request)
    if (clientPages.includes(path.toLowerCase().replace(/\/$/, ''))) request.url = '/'
    serve(request, response, () => {
      const page = acceptsPage(request) ? readMissingPage(path) : undefined
      if (page === undefined) return onMissing()
      const type = { 'Content-Type': 'text/html;charset=utf-8', 'Cache-Control': 'no-cache' }
      response.writeHead(404, type).end(request.method === 'HEAD' ? undefined : page)
    })
  }
}

function acceptsPage({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/html') === true
}
