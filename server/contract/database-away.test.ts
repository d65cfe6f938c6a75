import { Writable } from 'node:stream'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startProxy } from '#db/testing/proxy.ts'
import { within } from '#db/testing/within.ts'
import { createLog } from '../log/log.ts'
import { type App, jsonHeaders, startApp } from '../testing/app.ts'
import { setUptime } from '../testing/clock.ts'

type Ask = (app: App, ada: { token: string; cookie: string; email: string }) => Promise<Response>

const graphql = (query: string): Ask =>
  function ask(app, { token }) {
    const headers = { ...jsonHeaders, Authorization: `Bearer ${token}` }
    const body = JSON.stringify({ query })
    return app.request('/graphql', { method: 'POST', headers, body })
  }
const account = (path: string, body?: object): Ask =>
  function ask(app, { cookie, email }) {
    const init = body && { method: 'POST', body: JSON.stringify({ email, ...body }) }
    return app.request(`/api/auth/${path}`, { ...init, headers: { ...jsonHeaders, cookie } })
  }

const needing: [string, Ask][] = [
  ['a query', graphql('{ tasks { totalCount } }')],
  ['a mutation', graphql('mutation { createTask(input: { title: "a" }) { task { id } } }')],
  ['a token', account('token')],
  ['a session', account('get-session')],
  ['a sign-in', account('sign-in/email', { password: 'correct horse battery' })],
  [
    'a sign-up',
    account('sign-up/email', {
      name: 'Bob',
      email: 'bob@example.com',
      password: 'correct horse battery',
    }),
  ],
  ['a sign-out', account('sign-out', {})],
]

describe('while the database is unavailable', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await startProxied()
    scene.proxy.cut()
    return scene.close
  })

  it.each(needing)('%s is answered with 503 within seconds and Retry-After', async (_what, ask) => {
    const response = await within(5_000, ask(scene.app, scene.ada))
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.text()).not.toMatch(/ECONN|Connection|select |insert |relation/)
  })

  it('serves pages, is live, and is not ready', async () => {
    const statuses = ['/health/live', '/schema.graphql', '/health/ready'].map(
      async (path) => (await scene.app.request(path)).status,
    )
    expect(await Promise.all(statuses)).toEqual([200, 200, 503])
  })
})

describe('a database that becomes available again', () => {
  it('is not waited for by requests while its connections are silent', async () => {
    const lines: string[] = []
    const { app, ada, proxy, close } = await startProxied(lines)
    onTestFinished(close)
    proxy.hush()
    await vi.waitUntil(() => has(lines, 'The connection that listens for changes was lost'), 5_000)
    setUptime(performance.now() + 1_001) // tokens are accepted for a second after the last ping
    const response = await within(3_000, graphql('{ tasks { totalCount } }')(app, ada))
    expect(response.status).toBe(503)
    proxy.mend()
    proxy.cut()
    proxy.mend()
    await vi.waitUntil(async () => (await graphql('{ tasks { totalCount } }')(app, ada)).ok, 10_000)
  })

  it('is logged in two lines without a stack, independent of the number of requests', async () => {
    const lines: string[] = []
    const { app, ada, proxy, close } = await startProxied(lines)
    onTestFinished(close)
    proxy.cut()
    for (const [, ask] of needing)
      await Promise.all(Array.from({ length: 10 }, () => ask(app, ada)))
    proxy.mend()
    await vi.waitUntil(async () => (await graphql('{ tasks { totalCount } }')(app, ada)).ok, 10_000)
    await vi.waitUntil(async () => {
      expect((await account('token')(app, ada)).status).toBe(200)
      return has(lines, 'The database is available again')
    }, 10_000)
    expect(lines.filter((line) => line.includes('"level":50'))).toEqual([])
    expect(lines.filter((line) => line.includes('The database is unavailable'))).toHaveLength(1)
    expect(lines.filter((line) => line.includes('The database is available again'))).toHaveLength(1)
    expect(lines.length).toBeLessThan(10)
  })
})

const has = (lines: string[], text: string) => lines.some((line) => line.includes(text))

type Scene = Awaited<ReturnType<typeof startProxied>>

/** Starts the app with its database behind a proxy that can be cut. `lines` receives its log. */
async function startProxied(lines: string[] = []) {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = createLog({ isProduction: true, logLevel: 'info' }, destination)
  const proxies: Awaited<ReturnType<typeof startProxy>>[] = []
  const wayTo = async (url: string) => {
    const proxy = await startProxy(url)
    proxies.push(proxy)
    return proxy.url
  }
  const app = await startApp({ log, wayTo, variables: { ACCESS_LOG: 'off' } })
  const [proxy] = proxies
  if (!proxy) throw new Error('The app did not connect to its database through the proxy.')
  const close = async () => {
    proxy.mend() // closing the app's database needs the proxy
    await app.close()
    proxy.close()
  }
  return { app, proxy, close, ada: await app.signUp('Ada') }
}
