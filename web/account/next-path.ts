/** Paths that the server answers itself, so that going there means loading a page. */
const serverPaths = /^\/(graphql|schema\.graphql|api|health)(\/|\?|#|$)/

/**
 * Where to go after signing in: `next` if it is a path of this site, else the tasks.
 * A link from outside must not be able to send somebody, freshly signed in, to another site.
 */
export function safeNext(next: string | null, origin: string): string {
  // Browsers read a backslash as a slash and drop tabs and newlines, so neither may stand in it.
  const isPath = next?.startsWith('/') && !/^\/\/|[\\\p{Cc}]/u.test(next)
  if (!next || !isPath || !URL.canParse(next, origin)) return '/'
  const url = new URL(next, origin)
  if (url.origin !== origin || /^\/sign-(in|up)\b/.test(url.pathname)) return '/'
  // NOTE: `/.//host` parses to the path `//host`, which a browser would read as another site.
  if (url.pathname.startsWith('//')) return '/'
  return url.pathname + url.search + url.hash
}

export function isServerPath(path: string): boolean {
  return serverPaths.test(path)
}

/** The address of an account page that comes back to `next` afterwards. */
export function withNext(page: '/sign-in' | '/sign-up', next: string): string {
  return next === '/' ? page : `${page}?next=${encodeURIComponent(next)}`
}
