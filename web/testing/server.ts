import { vi } from 'vitest'
import type { Account } from '../session/auth-http.ts'
import { type ApiTask, createTaskApi } from './task-api.ts'
import { createTaskStreams } from './task-streams.ts'

export const ada: Account = { id: 'ada-id', email: 'ada@example.com', name: 'Ada' }
export const bob: Account = { id: 'bob-id', email: 'bob@example.com', name: 'Bob' }
const password = 'correct horse'

export const lifetimeMs = 900_000

type ServerRequest = { path: string; authorization: string | null; body: string }
type Answer = (request: ServerRequest) => Response | Promise<Response>

/**
 * The only fake server of the tests, in place of `fetch`: sessions, tasks and streams of changes in
 * memory. Ada has an account, and Bob can sign up. `account` owns the session cookie; undefined:
 * signed out.
 */
export function startServer({ account, tasks }: { account?: Account; tasks?: ApiTask[] } = {}) {
  const requests: ServerRequest[] = []
  const validTokens = new Map<string, string>()
  const api = createTaskApi(tasks)
  const streams = createTaskStreams()

  const answers: Record<string, Answer> = {
    '/api/auth/get-session': () =>
      Response.json(server.account ? { user: server.account, session: {} } : null),
    '/api/auth/token': () =>
      server.account
        ? Response.json({ token: server.issueToken(server.account) })
        : refusal(401, 'UNAUTHORIZED'),
    '/api/auth/sign-in/email'({ body }) {
      const typed = JSON.parse(body)
      const isAda = typed.email === ada.email && typed.password === password
      return isAda ? openSession(ada) : refusal(401, 'INVALID_EMAIL_OR_PASSWORD')
    },
    '/api/auth/sign-up/email'({ body }) {
      const { email } = JSON.parse(body)
      const isTaken = email === ada.email
      return isTaken ? refusal(422, 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL') : openSession(bob)
    },
    '/api/auth/sign-out'() {
      server.endSession()
      return Response.json({ success: true })
    },
    async '/graphql'({ authorization, body }) {
      const viewerId = validTokens.get(authorization?.replace('Bearer ', '') ?? '')
      if (!viewerId) return unauthenticated()
      return Response.json(await api.execute(body, viewerId))
    },
  }

  function openSession(user: Account): Response {
    server.account = user
    return Response.json({ token: 'of the session', user })
  }

  const server = {
    account,
    api,
    streams,
    /** By path. A test may replace or add some. */
    answers,
    /** In order, without those for a stream. */
    requests,
    tokensMade: 0,
    /** To the id of their account. The API refuses every other token. */
    validTokens,
    /** While true no request arrives. */
    isDown: false,
    issueToken({ id }: Account): string {
      server.tokensMade += 1
      const token = tokenFor(id, server.tokensMade)
      validTokens.set(token, id)
      return token
    },
    endSession() {
      server.account = undefined
      validTokens.clear()
    },
    count: (path: string) => requests.filter((request) => request.path === path).length,
    /** The JSON that was sent to a path, in order. */
    sent: (path: string) =>
      requests.filter((request) => request.path === path).map(({ body }) => JSON.parse(body)),
  }

  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    const authorization = headers.get('authorization')
    if (headers.get('accept') === 'text/event-stream') return streams.open(authorization, init)
    const request = { path, authorization, body: String(init.body ?? '') }
    requests.push(request)
    const response = server.isDown ? undefined : await answers[path]?.(request)
    // A response takes time, in which other requests arrive.
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
function tokenFor(accountId: string, n: number): string {
  const claims = { sub: accountId, email: 'adà@example.com', iat: n, exp: n + lifetimeMs / 1000 }
  const bytes = new TextEncoder().encode(JSON.stringify(claims))
  const payload = btoa(String.fromCharCode(...bytes)).replaceAll('=', '')
  return `e30.${payload}.c2ln`
}
