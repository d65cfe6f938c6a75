import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { createOwnChanges } from '../tasks/own-changes.ts'
import { ada, bob, startServer } from '../testing/server.ts'
import { settle } from '../testing/settle.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())
const cleanups: (() => void)[] = []
afterEach(() => {
  for (const unsubscribe of cleanups.splice(0)) unsubscribe()
})

async function openPage() {
  const server = startServer({ account: ada })
  const auth = await import('../session/session.ts')
  const { createApiClient } = await import('./client.ts')
  await auth.restoreSession()
  const client = createApiClient(ada.id, {
    cache: taskCache(),
    ownChanges: createOwnChanges(),
  })
  let asked = 0
  return {
    server,
    auth,
    /** The results of an active query so far, oldest first. */
    show() {
      const answers: unknown[] = []
      const { unsubscribe } = client.query('{ viewer { id } }', {}).subscribe((answer) => {
        answers.push(answer.data ?? answer.error?.networkError?.name)
      })
      cleanups.push(unsubscribe)
      return answers
    },
    /** Each call is another operation, so that the cache answers none. */
    ask() {
      asked += 1
      return client.query(`query Ask${asked} { viewer { id } }`, {}).toPromise()
    },
  }
}

describe('the API client', () => {
  it('sends the token in the Authorization header and nowhere else', async () => {
    const { server, auth, ask } = await openPage()
    expect((await ask()).data).toEqual({ viewer: { id: ada.id } })
    const { path, authorization, body } = server.requests.at(-1) ?? {}
    expect(path).toBe('/graphql')
    expect(authorization).toBe(`Bearer ${await auth.token()}`)
    expect(body).not.toContain('e30.')
  })

  it('renews a refused token once for all waiting operations, and retries them', async () => {
    const { server, auth, ask } = await openPage()
    server.validTokens.delete(String(await auth.token()))
    const answers = await Promise.all([ask(), ask(), ask()])
    expect(answers.map(({ data }) => data?.viewer.id)).toEqual([ada.id, ada.id, ada.id])
    expect(server.tokensMade).toBe(2)
  })

  it('fails when the new token is refused as well', async () => {
    const { server, ask } = await openPage()
    server.answers['/graphql'] = () =>
      Response.json(
        { errors: [{ message: 'No.', extensions: { code: 'UNAUTHENTICATED' } }] },
        { status: 401 },
      )
    const { error } = await ask()
    expect(error?.graphQLErrors[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect(server.count('/graphql')).toBe(2)
  })

  it('fails with SessionEnded and sends nothing when the session has ended', async () => {
    const { server, auth, ask } = await openPage()
    server.account = undefined
    auth.dropToken(String(await auth.token()))
    const { error } = await ask()
    expect(error?.networkError).toBeInstanceOf(auth.SessionEnded)
    expect(server.count('/graphql')).toBe(0)
    expect(auth.session.get()).toEqual({ status: 'expired', account: ada })
  })

  it('works again after signing in again', async () => {
    const { server, auth, ask } = await openPage()
    server.account = undefined
    auth.dropToken(String(await auth.token()))
    await ask()
    await auth.signIn({ email: ada.email, password: 'correct horse' })
    expect((await ask()).data).toEqual({ viewer: { id: ada.id } })
  })

  it('fails with a network error while the server is unavailable, and recovers', async () => {
    const { server, auth, ask } = await openPage()
    auth.dropToken(String(await auth.token()))
    server.isDown = true
    expect((await ask()).error?.networkError).toBeInstanceOf(auth.ServerUnreachable)
    server.isDown = false
    expect((await ask()).data).toEqual({ viewer: { id: ada.id } })
  })

  it("never sends another account's token", async () => {
    const { server, auth, ask } = await openPage()
    server.account = bob
    hidePageFor(1000)
    const { error } = await ask()
    expect(error?.networkError).toBeInstanceOf(auth.SessionEnded)
    expect(auth.session.get()).toEqual({ status: 'signedIn', account: bob })
    expect(server.count('/graphql')).toBe(0)
  })

  it('refetches active queries after signing in again', async () => {
    const { server, auth, show } = await openPage()
    server.account = undefined
    auth.dropToken(String(await auth.token()))
    const answers = show()
    await vi.waitFor(() => expect(answers).toEqual(['SessionEnded']))
    await auth.signIn({ email: ada.email, password: 'correct horse' })
    await vi.waitFor(() => expect(answers.at(-1)).toEqual({ viewer: { id: ada.id } }))
  })

  it('refetches when the page was hidden for a minute, and not before', async () => {
    const { server, show } = await openPage()
    const answers = show()
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    hidePageFor(59_000)
    hidePageFor(60_000)
    await vi.waitFor(() => expect(server.count('/graphql')).toBe(2))
    await settle()
    expect(server.count('/graphql')).toBe(2)
  })
})

function hidePageFor(ms: number) {
  const visibility = vi.spyOn(document, 'visibilityState', 'get')
  const now = Date.now()
  for (const [state, at] of [
    ['hidden', now],
    ['visible', now + ms],
  ] as const) {
    visibility.mockReturnValue(state)
    vi.spyOn(Date, 'now').mockReturnValue(at)
    document.dispatchEvent(new Event('visibilitychange'))
  }
  vi.restoreAllMocks()
}
