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

/** What the server adds to an app's request when it sends somebody here to sign in. */
const signatureParts = ['exp', 'sig', 'ba_iat', 'ba_param', 'ba_pl']

/**
 * Where the visitor of an account page goes afterwards: `next`; or, if an app has sent them here,
 * on with the app's request. The server looks at it anew, so that nothing here need be trusted.
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

/** The address of an account page that comes back to `next` afterwards. */
export function withNext(page: '/sign-in' | '/sign-up', next: string): string {
  return next === '/' ? page : `${page}?next=${encodeURIComponent(next)}`
}
