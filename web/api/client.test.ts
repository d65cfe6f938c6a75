import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { createOwnChanges } from '../tasks/own-changes.ts'
import { ada, bob, stubServer } from '../testing/server.ts'

// The page has one session: each test gets a page of its own.
beforeEach(() => vi.resetModules())
const leave: (() => void)[] = []
afterEach(() => {
  for (const unsubscribe of leave.splice(0)) unsubscribe()
  vi.unstubAllGlobals()
})

async function openPage() {
  const server = stubServer(ada)
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
    /** What a query that stays on the page has been answered so far, the latest last. */
    show() {
      const answers: unknown[] = []
      const { unsubscribe } = client.query('{ viewer { id } }', {}).subscribe((answer) => {
        answers.push(answer.data ?? answer.error?.networkError?.name)
      })
      leave.push(unsubscribe)
      return answers
    },
    /** Each call is another operation, so that none is answered from the cache. */
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

  it('renews a token that was refused once for all that wait, and asks again', async () => {
    const { server, auth, ask } = await openPage()
    server.revoked.add(String(await auth.token()))
    const answers = await Promise.all([ask(), ask(), ask()])
    expect(answers.map(({ data }) => data?.viewer.id)).toEqual([ada.id, ada.id, ada.id])
    expect(server.tokensMade).toBe(2)
  })

  it('gives up when the new token is refused as well', async () => {
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

  it('fails with SessionEnded, and sends nothing more, when the session is gone', async () => {
    const { server, auth, ask } = await openPage()
    server.account = undefined
    auth.dropToken(String(await auth.token()))
    const { error } = await ask()
    expect(error?.networkError).toBeInstanceOf(auth.SessionEnded)
    expect(server.count('/graphql')).toBe(0)
    expect(auth.session.get()).toEqual({ status: 'expired', account: ada })
  })

  it('goes on after signing in again', async () => {
    const { server, auth, ask } = await openPage()
    server.account = undefined
    auth.dropToken(String(await auth.token()))
    await ask()
    await auth.signIn({ email: ada.email, password: 'correct horse' })
    expect((await ask()).data).toEqual({ viewer: { id: ada.id } })
  })

  it('fails with a network error while the server is away, and works when it is back', async () => {
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
    lookAwayFor(1000)
    const { error } = await ask()
    expect(error?.networkError).toBeInstanceOf(auth.SessionEnded)
    expect(auth.session.get()).toEqual({ status: 'signedIn', account: bob })
    expect(server.count('/graphql')).toBe(0)
  })

  it('asks again for what is shown when the expired session is back', async () => {
    const { server, auth, show } = await openPage()
    server.account = undefined
    auth.dropToken(String(await auth.token()))
    const answers = show()
    await vi.waitFor(() => expect(answers).toEqual(['SessionEnded']))
    await auth.signIn({ email: ada.email, password: 'correct horse' })
    await vi.waitFor(() => expect(answers.at(-1)).toEqual({ viewer: { id: ada.id } }))
  })

  it('asks again when the page is looked at after a minute, and not before', async () => {
    const { server, show } = await openPage()
    const answers = show()
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    lookAwayFor(59_000)
    lookAwayFor(60_000)
    await vi.waitFor(() => expect(server.count('/graphql')).toBe(2))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(server.count('/graphql')).toBe(2)
  })
})

function lookAwayFor(ms: number) {
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
