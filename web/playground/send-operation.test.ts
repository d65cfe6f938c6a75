import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../session/auth-http.ts'
import { ada, startServer } from '../testing/server.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

async function openPlayground(account?: Account) {
  const server = startServer({ account })
  const auth = await import('../session/session.ts')
  const { sendOperation } = await import('./send-operation.ts')
  const { becomeIdentity } = await import('./identity.ts')
  await auth.restoreSession()
  return {
    server,
    auth,
    becomeIdentity,
    run: (headers?: Record<string, string>) =>
      sendOperation({ query: '{ viewer { id } }' }, headers && { headers }),
  }
}

describe('sendOperation', () => {
  it("sends the page's token", async () => {
    const { run } = await openPlayground(ada)
    expect(await run()).toMatchObject({ data: { viewer: { id: ada.id } } })
  })

  it('sends no token without a session, and shows the error of the API', async () => {
    const { server, run } = await openPlayground()
    expect(await run()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(server.requests.at(-1)?.authorization).toBeNull()
    expect(server.count('/graphql')).toBe(1)
  })

  it('renews a refused token, and retries the operation', async () => {
    const { server, auth, run } = await openPlayground(ada)
    server.validTokens.delete(String(await auth.token()))
    expect(await run()).toMatchObject({ data: { viewer: { id: ada.id } } })
    expect(server.tokensMade).toBe(2)
  })

  it('sends a chosen token, and never replaces it with the session token', async () => {
    const { server, run, becomeIdentity } = await openPlayground(ada)
    becomeIdentity({ token: 'chosen', scopes: [] })
    expect(await run()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(server.requests.at(-1)?.authorization).toBe('Bearer chosen')
    expect(server.count('/graphql')).toBe(1)
    becomeIdentity(undefined)
    expect(await run()).toMatchObject({ data: { viewer: { id: ada.id } } })
  })

  it('keeps an Authorization header from the editor', async () => {
    const { server, run } = await openPlayground(ada)
    expect(await run({ Authorization: 'Bearer typed' })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(server.requests.at(-1)?.authorization).toBe('Bearer typed')
    expect(server.tokensMade).toBe(1)
  })

  it('reports an unavailable server, and a response that is not GraphQL', async () => {
    const { server, auth, run } = await openPlayground(ada)
    server.answers['/graphql'] = () => new Response('<p>Bad gateway</p>', { status: 502 })
    expect(await run()).toEqual({ errors: [{ message: 'The server answered with status 502.' }] })
    server.isDown = true
    await expect(run()).rejects.toThrow(auth.ServerUnreachable)
  })

  it('returns the results of a subscription as they come', async () => {
    const { server, run } = await openPlayground(ada)
    const events = 'event: next\ndata: {"data":1}\n\nevent: next\ndata: {"data":2}\n\n'
    const headers = { 'content-type': 'text/event-stream' }
    server.answers['/graphql'] = () => new Response(events, { headers })
    const answers: unknown[] = []
    for await (const answer of (await run()) as AsyncIterable<unknown>) answers.push(answer)
    expect(answers).toEqual([{ data: 1 }, { data: 2 }])
  })
})
