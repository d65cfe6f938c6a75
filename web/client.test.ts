import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ada, bob, stubServer } from './testing-server.ts'

// The page has one session: each test gets a page of its own.
beforeEach(() => vi.resetModules())
afterEach(() => vi.unstubAllGlobals())

async function openPage() {
  const server = stubServer(ada)
  const auth = await import('./auth.ts')
  const { createApiClient } = await import('./client.ts')
  await auth.restoreSession()
  const client = createApiClient(ada.id)
  let asked = 0
  return {
    server,
    auth,
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
    auth.doubtToken()
    const { error } = await ask()
    expect(error?.networkError).toBeInstanceOf(auth.SessionEnded)
    expect(auth.session.get()).toEqual({ status: 'signedIn', account: bob })
    expect(server.count('/graphql')).toBe(0)
  })
})
