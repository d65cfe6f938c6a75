import { render } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { vi } from 'vitest'
import { App } from '../app.tsx'
import { restoreSession } from '../session/session.ts'
import { createApi, task } from './api.ts'

export const ada = { id: 'ada', name: 'Ada', email: 'ada@example.com' }
const password = 'correct horse'

const json = (status: number, body: unknown) => Response.json(body, { status })
const unauthenticated = { message: 'Sign in.', extensions: { code: 'UNAUTHENTICATED' } }

/** A token as far as the page reads it; only the API looks at signatures. */
function tokenOf({ id }: { id: string }): string {
  const iat = Math.floor(Date.now() / 1000)
  return ['{}', JSON.stringify({ sub: id, iat, exp: iat + 900 }), ''].map(btoa).join('.')
}

/** The server as a page sees it: one account, Ada's, whose session can be opened and ended. */
function createServer() {
  const tasks = createApi([task(1)])
  const server = { tasks, session: false, down: false, requests: [] as string[] }

  function answerAuth(path: string, body: Record<string, unknown>): Response {
    if (path === '/get-session') return json(200, server.session ? { user: ada } : null)
    if (path === '/token')
      return server.session ? json(200, { token: tokenOf(ada) }) : json(401, {})
    if (path === '/sign-out') server.session = false
    else if (path === '/sign-up/email' && body.email === ada.email)
      return json(422, { code: 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL' })
    else if (path === '/sign-in/email' && body.password !== password)
      return json(401, { code: 'INVALID_EMAIL_OR_PASSWORD' })
    else server.session = true
    return json(200, { user: ada })
  }

  async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    if (server.down) throw new TypeError('Failed to fetch')
    const body = init?.body ? JSON.parse(String(init.body)) : {}
    const path = String(input).replace('/api/auth', '')
    server.requests.push(body.operationName ?? path)
    if (path !== '/graphql') return answerAuth(path, body)
    return server.session ? tasks.fetch(input, init) : json(401, { errors: [unauthenticated] })
  }
  return { server, fetch }
}

/** The whole client at an address; only the network is ours. */
export async function openApp(path: string, { signedIn = false, down = false } = {}) {
  const { server, fetch } = createServer()
  Object.assign(server, { session: signedIn, down })
  vi.stubGlobal('fetch', fetch)
  window.history.replaceState(null, '', path)
  await restoreSession()
  render(<App />)
  return {
    server,
    user: userEvent.setup(),
    address: () => window.location.pathname + window.location.search,
  }
}
