/** Paths that the server handles, so that the browser must load them as a page. */
const serverPaths = /^\/(graphql|schema\.graphql|api|health)(\/|\?|#|$)/

/**
 * Where to go after signing in: `next` if it is a path of this site, else the tasks.
 * Prevents an open redirect: a link from outside must not lead to another site after signing in.
 */
export function safeNext(next: string | null, origin: string): string {
  // Browsers read a backslash as a slash and drop tabs and newlines, so neither is allowed.
  const isPath = next?.startsWith('/') && !/^\/\/|[\\\p{Cc}]/u.test(next)
  if (!next || !isPath || !URL.canParse(next, origin)) return '/'
  const url = new URL(next, origin)
  if (url.origin !== origin || /^\/sign-(in|up)\b/.test(url.pathname)) return '/'
  // NOTE: `/.//host` parses to the path `//host`, which a browser would read as another site.
  if (url.pathname.startsWith('//')) return '/'
  return url.pathname + url.search + url.hash
}

/** Parameters that the server adds to an app's request when it redirects here. */
const signatureParts = ['exp', 'sig', 'ba_iat', 'ba_param', 'ba_pl']

/**
 * Where to go after an account page: `next`, or back to the authorization request of an app. The
 * server validates the request again, so nothing here needs to be trusted.
 */
export function nextOf(params: URLSearchParams, origin: string): string {
  if (!params.has('client_id')) return safeNext(params.get('next'), origin)
  const request = new URLSearchParams(params)
  for (const part of signatureParts) request.delete(part)
  return `/api/auth/oauth2/authorize?${request}`
}

export function isServerPath(path: string): boolean {
  return serverPaths.test(path)
}

/** The address of an account page that leads to `next` afterwards. */
export function withNext(page: '/sign-in' | '/sign-up', next: string): string {
  return next === '/' ? page : `${page}?next=${encodeURIComponent(next)}`
}
