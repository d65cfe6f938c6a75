import { vi } from 'vitest'

export type TestAccount = { id: string; email: string; name: string }

export const ada: TestAccount = { id: 'ada-id', email: 'ada@example.com', name: 'Ada' }
export const bob: TestAccount = { id: 'bob-id', email: 'bob@example.com', name: 'Bob' }

export const lifetimeMs = 900_000

/**
 * The server as the page sees it through `fetch`: the routes of `/api/auth`, and an API that answers
 * whose token it was sent. `account` is whom the session cookie belongs to, if anybody.
 */
export function stubServer(account?: TestAccount) {
  const requests: { path: string; authorization: string | null; body: string }[] = []
  const answers: Record<string, () => Response | Promise<Response>> = {
    '/api/auth/get-session': () =>
      Response.json(server.account ? { user: server.account, session: {} } : null),
    '/api/auth/token': () => {
      if (!server.account) return refusal(401, 'UNAUTHORIZED')
      server.tokensMade += 1
      return Response.json({ token: tokenFor(server.account, server.tokensMade) })
    },
    '/api/auth/sign-in/email': enter,
    '/api/auth/sign-up/email': enter,
    '/api/auth/sign-out': () => {
      server.account = undefined
      return Response.json({ success: true })
    },
    '/graphql': () => {
      const jwt = requests.at(-1)?.authorization?.replace('Bearer ', '') ?? ''
      if (!jwt || server.revoked.has(jwt)) return unauthenticated()
      const { sub } = JSON.parse(atob(jwt.split('.')[1] ?? ''))
      return Response.json({ data: { viewer: { __typename: 'Viewer', id: sub } } })
    },
  }

  function enter(): Response {
    server.account = ada
    return Response.json({ token: 'of the session', user: ada })
  }

  const server = {
    account,
    answers,
    requests,
    tokensMade: 0,
    /** Tokens that the API refuses. */
    revoked: new Set<string>(),
    /** While true no request arrives. */
    isDown: false,
    /** How often the path was asked for. */
    count: (path: string) => requests.filter((request) => request.path === path).length,
  }

  vi.stubGlobal('fetch', async (path: string, { headers, body }: RequestInit = {}) => {
    const authorization = new Headers(headers).get('authorization')
    requests.push({ path, authorization, body: String(body ?? '') })
    const answer = answers[path]
    const response = answer && !server.isDown ? await answer() : undefined
    // An answer takes its time, and meanwhile others ask.
    await new Promise((resolve) => setTimeout(resolve))
    if (!response) throw new TypeError('fetch failed')
    return response
  })
  return server
}

export function refusal(status: number, code: string, headers: HeadersInit = {}): Response {
  return Response.json({ code, message: `The server says ${code}.` }, { status, headers })
}

function unauthenticated(): Response {
  const error = { message: 'Send a token.', extensions: { code: 'UNAUTHENTICATED' } }
  return Response.json({ errors: [error] }, { status: 401 })
}

/** From a server whose clock is far from this page's, with a claim beyond ASCII. */
function tokenFor({ id }: TestAccount, n: number): string {
  const claims = { sub: id, email: 'adà@example.com', iat: n, exp: n + lifetimeMs / 1000 }
  const bytes = new TextEncoder().encode(JSON.stringify(claims))
  const payload = btoa(String.fromCharCode(...bytes)).replaceAll('=', '')
  return `e30.${payload}.c2ln`
}
