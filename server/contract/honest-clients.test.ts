import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished } from 'vitest'
import { type Account, type App, jsonHeaders } from '../testing/app.ts'
import { it } from '../testing/test.ts'

const Origin = 'https://tasks.example.com'
const bearer = ({ token }: Account) => ({ Authorization: `Bearer ${token}` })
const json = (body: object, headers: object = {}): RequestInit => ({
  method: 'POST',
  headers: { ...jsonHeaders, ...headers },
  body: JSON.stringify(body),
})

describe('/graphql/', () => {
  it('is /graphql', async ({ app, ada }) => {
    const query = '{ viewer { id } }'
    const posted = await fetch(`${app.url}/graphql/`, json({ query }, bearer(ada)))
    const got = await fetch(`${app.url}/graphql/?query=${query}`, { headers: bearer(ada) })
    for (const response of [posted, got])
      expect(await response.json()).toEqual({ data: { viewer: { id: ada.id } } })
    expect((await fetch(`${app.url}/graphql/`, json({ query }))).status).toBe(401)
  })

  it.for(['/graphql//', '/graphql/x', '//graphql/', '/GraphQL'])(
    'is not %s',
    async (path, { app, ada }) => {
      const response = await fetch(
        app.url + path,
        json({ query: '{ viewer { id } }' }, bearer(ada)),
      )
      expect(response.status).toBe(405)
    },
  )
})

describe('a request to upgrade to WebSocket', () => {
  it.for(['/graphql', '/graphql/', '/subscriptions'])(
    'at %s is refused with the name of the protocol to use',
    async (path, { app }) => {
      const request = httpRequest(app.url + path, {
        headers: {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'Sec-WebSocket-Protocol': 'graphql-transport-ws',
        },
      }).end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      expect(response.statusCode).toBe(400)
      expect(await text(response)).toContain('text/event-stream')
    },
  )
})

describe('a path without a page', () => {
  it.for(['/health', '/healthz', '/metrics', '/version', '/nothing'])(
    '%s is 404',
    async (path, { app }) => {
      const { status, headers } = await fetch(app.url + path)
      expect([status, headers.get('Content-Type')]).toEqual([404, 'text/plain; charset=utf-8'])
    },
  )
})

describe('a program that signs in with fetch', () => {
  /** The headers that fetch of Node sends. */
  const script = { 'Sec-Fetch-Mode': 'cors', 'User-Agent': 'node', 'Accept-Language': '*' }
  const signUp = (app: App, headers: object) =>
    fetch(
      `${app.url}/api/auth/sign-up/email`,
      json({ name: 'Ada', email: `${randomUUID()}@example.com`, password: randomUUID() }, headers),
    )

  it('needs no Origin', async ({ app, ada }) => {
    expect((await signUp(app, script)).status).toBe(200)
    const { email, password } = ada
    const signIn = await fetch(`${app.url}/api/auth/sign-in/email`, json({ email, password }))
    expect([signIn.status, signIn.headers.getSetCookie().length > 0]).toEqual([200, true])
  })

  it.for<[string, object]>([
    ['another Origin', { Origin }],
    ['the Origin null', { Origin: 'null' }],
    ['another Referer', { Referer: `${Origin}/page` }],
    ['a browser’s metadata', { 'Sec-Fetch-Site': 'cross-site' }],
    ['metadata of the same site', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Dest': 'empty' }],
    ['a navigation', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }],
  ])('is refused with %s', async ([_kind, headers], { app }) => {
    expect((await signUp(app, { ...script, ...headers })).status).toBe(403)
  })

  it('is refused with a cookie and without an Origin', async ({ app, ada }) => {
    expect((await signUp(app, { ...script, Cookie: ada.cookie })).status).toBe(403)
  })
})

describe('a preflight', () => {
  const preflight = (app: App, path: string, asked: string) =>
    fetch(app.url + path, {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': asked,
      },
    })
  const asked =
    'apollographql-client-name,apollographql-client-version,authorization,content-type,traceparent,x-request-id'

  it.for(['/graphql', '/api/auth/oauth2/token', '/api/auth/jwks', '/docs/oauth.md'])(
    'of %s allows the headers that it asks for, and no cookies',
    async (path, { app }) => {
      const { status, headers } = await preflight(app, path, asked)
      expect(status).toBe(204)
      expect(headers.get('Access-Control-Allow-Headers')).toBe(asked)
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(headers.has('Access-Control-Allow-Credentials')).toBe(false)
    },
  )

  it('allows the usual headers if it asks for something else than names', async ({ app }) => {
    const { headers } = await preflight(app, '/graphql', 'a b; c')
    expect(headers.get('Access-Control-Allow-Headers')).toBe('Authorization, Content-Type, Accept')
  })

  it.for(['/api/auth/token', '/api/auth/sign-in/email', '/api/auth/oauth2/consent'])(
    'of %s, which reads cookies, allows nothing',
    async (path, { app }) => {
      const { headers } = await preflight(app, path, 'content-type')
      expect(headers.has('Access-Control-Allow-Origin')).toBe(false)
    },
  )
})

describe('a document for programs', () => {
  it.for(['/schema.graphql', '/api/auth/jwks'])(
    '%s can be read by every page, and has an ETag',
    async (path, { app }) => {
      const first = await fetch(app.url + path, { headers: { Origin } })
      const etag = first.headers.get('ETag') ?? ''
      expect([first.status, etag]).toEqual([200, expect.stringMatching(/^"[\w-]+"$/)])
      expect(first.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(first.headers.get('Cache-Control')).toBe('no-cache')
      expect(await first.text()).not.toBe('')
      const again = await fetch(app.url + path, { headers: { Origin, 'If-None-Match': etag } })
      expect([again.status, await again.text()]).toEqual([304, ''])
      const other = await fetch(app.url + path, { headers: { 'If-None-Match': '"other"' } })
      expect(other.status).toBe(200)
    },
  )

  it.for(['/docs/oauth.md', '/llms.txt', '/llms-full.txt'])(
    '%s can be read by every page',
    async (path, { app }) => {
      const { headers } = await fetch(app.url + path, { headers: { Origin } })
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    },
  )
})

describe('a stream', () => {
  it('is not buffered by nginx and has no encoding', async ({ app, ada }) => {
    const ended = new AbortController()
    onTestFinished(() => ended.abort())
    const { status, headers } = await fetch(`${app.url}/graphql`, {
      ...json({ query: 'subscription { taskChanged { kind } }' }, bearer(ada)),
      headers: { ...jsonHeaders, ...bearer(ada), Accept: 'text/event-stream' },
      signal: ended.signal,
    })
    expect(status).toBe(200)
    expect(headers.get('X-Accel-Buffering')).toBe('no')
    expect(headers.has('Content-Encoding')).toBe(false)
  })
})
