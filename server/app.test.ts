import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testDatabase } from '#db/testing/database.ts'
import { createAuth } from './accounts/auth.ts'
import { createApp } from './app.ts'
import { createGraphql } from './graphql/yoga.ts'
import { createAddressOf } from './limits/client-address.ts'
import { createEventCounter } from './log/event-counter.ts'
import { createLog } from './log/log.ts'
import { createMcp } from './mcp/handler.ts'

const browser = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('a browser', () => {
  it('gets the playground at /graphql', async () => {
    const { get } = await startPages()
    const response = await get('/graphql', browser)
    expect(response.headers.get('Content-Type')).toMatch('text/html')
    expect(await response.text()).toBe('playground')
  })

  it.each(['/', '/tasks', '/tasks/anything?filter=open', '/sign-in'])(
    'gets the client at %s',
    async (path) => {
      const { get } = await startPages()
      const response = await get(path, browser)
      expect(response.headers.get('Cache-Control')).toBe('no-cache')
      expect(await response.text()).toBe('client')
    },
  )

  it('caches files with a hash in their name', async () => {
    const { get } = await startPages()
    const { headers } = await get('/assets/app-1a2b.js')
    expect(headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
  })

  it('loads only files of this server, and never in a frame', async () => {
    const { get } = await startPages()
    for (const path of ['/', '/graphql', '/no-such-page']) {
      const { headers } = await get(path, browser)
      expect(headers.get('Content-Security-Policy')).toMatch("default-src 'self'")
      expect(headers.get('Content-Security-Policy')).toMatch("frame-ancestors 'none'")
      expect(headers.get('Content-Security-Policy')).not.toMatch('unsafe')
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('Referrer-Policy')).toBe('same-origin')
    }
  })

  it.each([
    ['/assets/gone.js', 404, 'There is no such page'],
    ['/llms-other.txt', 404, 'There is no such page'],
    ['/api/nope', 404, 'This address is for programs'],
    ['/api/auth/nope', 404, 'This address is for programs'],
    ['/api/auth/token', 401, 'This address is for programs'],
    ['/api/auth/sign-in/email', 404, 'This address is for programs'],
    ['/mcp', 401, 'This address is for programs'],
    ['/health/ready', 503, 'Taskward cannot answer at the moment'],
  ])('gets a page for the error at %s', async (path, status, title) => {
    const { get, navigate } = await startPages({
      checkReady: () => Promise.reject(new Error('not yet')),
    })
    const answer = await navigate(path)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.headers['content-security-policy']).toMatch("default-src 'self'")
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.text).toContain('<html lang="en">')
    expect(answer.text).toContain(`<title>${title} · Taskward</title>`)
    expect(answer.text).toContain(`<h1>${title}</h1>`)
    expect(answer.text).toContain('<a href="/">Go to your tasks</a>')
    expect(answer.text).not.toMatch(/<!--/)
    // A program, and a script of a page, get what they always got. fetch sends Sec-Fetch-Mode: cors.
    for (const accept of ['*/*', 'application/json', 'text/html', browser.Accept]) {
      const other = await get(path, { Accept: accept })
      expect([other.status, await other.text()]).toEqual([
        status,
        expect.not.stringContaining('<html'),
      ])
    }
  })

  it('reads on the page of an error what a program would get, and keeps its headers', async () => {
    const { navigate } = await startPages()
    const posted = await navigate('/', { method: 'POST' })
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD'])
    expect(posted.text).toContain('<p class="detail">Use GET or HEAD.</p>')
    const large = await navigate('/', { method: 'POST', body: 'a'.repeat(100_001) })
    expect([large.status, large.headers.connection]).toEqual([413, 'close'])
    expect(large.text).toContain('The body has more than 100000 bytes.')
    const cookie = 'better-auth.session_token=a; better-auth.session_token=b'
    const twice = await navigate('/api/auth/token', { headers: { cookie } })
    expect(twice.status).toBe(400)
    expect(twice.text).toContain('Delete the cookies of this site and sign in again.')
  })

  it.each([true, false])('gets Strict-Transport-Security only over https: %s', async (isHttps) => {
    const { get } = await startPages({ isHttps })
    expect((await get('/')).headers.has('Strict-Transport-Security')).toBe(isHttps)
  })
})

describe('a program', () => {
  it('gets no page at /graphql', async () => {
    const { get } = await startPages()
    const response = await get('/graphql?query={__typename}', { Accept: 'application/json' })
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
  })

  it.each(['/assets/gone-1a2b.js', '/api/', '/api/tasks', '/api/auth'])(
    'gets 404 for %s, which does not exist',
    async (path) => {
      const { get } = await startPages()
      expect((await get(path)).status).toBe(404)
    },
  )

  it('gets no file outside the client’s folder', async () => {
    const { getUnresolved } = await startPages()
    for (const path of ['/../secret', '/assets/../../secret', '/%2e%2e/secret', '/..%2fsecret']) {
      expect(await getUnresolved(path)).not.toContain('hush')
    }
  })

  it.each(['bytes=2-1', '2-1', 'bytes=0-0', 'bytes=-1', 'bytes=99-', 'bytes=a-b'])(
    'gets the whole file for the range %s',
    async (range) => {
      const { get } = await startPages()
      const response = await get('/', { Range: range })
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('client')
    },
  )

  it('cannot write to a page', async () => {
    const { url } = await startPages()
    const response = await fetch(`${url}/tasks`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(405)
    expect(response.headers.get('Allow')).toBe('GET, HEAD')
  })

  it('gets 503 with Retry-After when the server is not ready', async () => {
    const { get } = await startPages({ checkReady: () => Promise.reject(new Error('unavailable')) })
    const response = await get('/health/ready')
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(await response.text()).not.toContain('unavailable')
  })
})

describe('a finder of a vulnerability', () => {
  it('reads the contact at /.well-known/security.txt, which expires in 89 to 90 days', async () => {
    const { get } = await startPages({ securityContact: 'mailto:security@example.com' })
    const response = await get('/.well-known/security.txt')
    expect(response.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('Contact: mailto:security@example.com\n')
    expect(text).toContain('Canonical: http://localhost:4000/.well-known/security.txt\n')
    const [, expires = ''] = /^Expires: (\S+Z)$/m.exec(text) ?? []
    const days = (Date.parse(expires) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(88.9)
    expect(days).toBeLessThanOrEqual(90)
  })

  it('gets 404 if the operator has named no contact', async () => {
    const { get } = await startPages()
    expect((await get('/.well-known/security.txt')).status).toBe(404)
  })
})

type Options = Partial<
  Pick<Parameters<typeof createApp>[0], 'isHttps' | 'checkReady' | 'securityContact'>
>

/** The app with a small client built for the test. */
async function startPages(options: Options = {}) {
  const { isHttps = false, checkReady = async () => {}, securityContact } = options
  const database = await testDatabase()
  const log = createLog({ isProduction: true, logLevel: 'silent' })
  const baseUrl = 'http://localhost:4000'
  const secret = 'a secret that only this test knows'
  const auth = createAuth({
    ...database,
    secret,
    baseUrl,
    trustedOrigins: [],
    signUpsPerHour: 0,
    keyRotationDays: 90,
    keyGraceHours: 24,
    log,
  })
  const addressOf = createAddressOf([])
  const graphql = createGraphql({
    db: database.db,
    baseUrl,
    addressOf,
    onExceededLimit: () => {},
    authenticate: async () => null,
    subscribeToTasks: () => Promise.reject(new Error('These tests open no stream.')),
  })
  const clientFolder = await writeClient()
  const eventCounter = createEventCounter(log)
  const mcp = createMcp({ graphql, authenticate: async () => null, baseUrl })
  const routes = { graphql, mcp, auth, exchangeRoutes: async () => undefined }
  const app = createApp({
    ...routes,
    addressOf,
    eventCounter,
    checkReady,
    clientFolder,
    securityContact,
    isHttps,
    log,
  })
  const server = createServer(app).listen(0)
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await database.close()
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers })
  return {
    url,
    get,
    getUnresolved: (path: string) => getUnresolved(url, path),
    navigate: (path: string, options?: Navigation) => navigate(url + path, options),
  }
}

type Navigation = { method?: string; headers?: Record<string, string>; body?: string }

/** As a browser opens an address. With node:http, because fetch sends other headers. */
function navigate(url: string, { method = 'GET', headers = {}, body }: Navigation = {}) {
  return new Promise<{ status?: number; headers: IncomingHttpHeaders; text: string }>(
    (resolve, reject) => {
      const sent = { ...browser, 'Sec-Fetch-Mode': 'navigate', ...headers }
      const request = httpRequest(url, { method, headers: sent })
      request.once('error', reject).once('response', async (response) => {
        const text = (await response.toArray()).join('')
        resolve({ status: response.statusCode, headers: response.headers, text })
      })
      request.end(body)
    },
  )
}

async function writeClient(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-pages-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const client = join(folder, 'client')
  await mkdir(join(client, 'playground'), { recursive: true })
  await mkdir(join(client, 'assets'))
  await writeFile(join(folder, 'secret'), 'hush')
  await writeFile(join(client, 'index.html'), 'client')
  await writeFile(join(client, 'playground/index.html'), 'playground')
  await writeFile(join(client, 'assets/app-1a2b.js'), 'app')
  const errorPage = join(import.meta.dirname, '../web/error/template.html')
  await copyFile(errorPage, join(client, '.error.html'))
  return client
}

/** With node:http, because fetch resolves the dots. */
function getUnresolved(url: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { path })
    request.once('error', reject).once('response', async (response) => {
      resolve((await response.toArray()).join(''))
    })
    request.end()
  })
}
