import { describe, expect } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import type { App } from '../testing/app.ts'
import { withVariables } from '../testing/test.ts'
import { createAccessToken } from '../tokens/access-token.ts'

const it = withVariables({ TRUSTED_PROXIES: '127.0.0.1, ::1' })

const limit = 300

let addresses = 0
const newAddress = () => `203.0.113.${++addresses}`

type Send = (app: App, credential: string, from: string) => Promise<Response>

const json = { 'Content-Type': 'application/json', Accept: 'application/json' }

function askGraphql(app: App, credential: string, from: string): Promise<Response> {
  return app.request('/graphql', {
    method: 'POST',
    headers: { ...json, Authorization: `Bearer ${credential}`, 'X-Forwarded-For': from },
    body: '{"query":"{ viewer { id } }"}',
  })
}

const routes: [name: string, send: Send][] = [
  ['/graphql', askGraphql],
  [
    '/mcp',
    (app, credential, from) =>
      app.request('/mcp', {
        method: 'POST',
        headers: { ...json, Authorization: `Bearer ${credential}`, 'X-Forwarded-For': from },
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      }),
  ],
  [
    '/api/auth/token',
    (app, credential, from) =>
      app.request('/api/auth/token', {
        headers: { 'X-API-Key': credential, 'X-Forwarded-For': from },
      }),
  ],
  [
    '/api/auth/token/exchange',
    (app, credential, from) =>
      app.request('/api/auth/token/exchange', {
        method: 'POST',
        headers: { 'X-Forwarded-For': from },
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: credential,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        }),
      }),
  ],
]

/** A different token each time, valid except for its signature. */
function forgedToken(app: App): string {
  const [head, payload] = app.signToken().split('.')
  return `${head}.${payload}.${'A'.repeat(86)}`
}

/** Sends `count` credentials, 25 concurrently. Returns how often each status came. */
async function flood(app: App, count: number, make: () => string, send: Send, from: string) {
  const statuses: Record<number, number> = {}
  for (let sent = 0; sent < count; sent += 25) {
    const batch = Array.from({ length: 25 }, () => send(app, make(), from))
    for (const { status } of await Promise.all(batch))
      statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

describe('random access tokens', () => {
  it.for(routes)(
    'are looked up 300 times a minute for one address at %s',
    async ([_name, send], { app }) => {
      const from = newAddress()
      const statuses = await flood(app, 400, createAccessToken, send, from)
      expect(statuses[429]).toBe(400 - limit)
      const refused = await send(app, createAccessToken(), from)
      expect(refused.status).toBe(429)
      const seconds = Number(refused.headers.get('Retry-After'))
      expect(seconds).toBeGreaterThan(0)
      expect(seconds).toBeLessThanOrEqual(60)
      expect(await refused.text()).toContain('RATE_LIMITED')
    },
  )

  it('do not block a cached token or another address', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const [known, other] = [
      await makeAccessToken(app, ada, []),
      await makeAccessToken(app, ada, []),
    ]
    const from = newAddress()
    expect((await askGraphql(app, known.token, from)).status).toBe(200)
    expect((await askGraphql(app, ada.token, from)).status).toBe(200)
    await flood(app, 400, createAccessToken, askGraphql, from)
    expect((await askGraphql(app, known.token, from)).status).toBe(200)
    expect((await askGraphql(app, ada.token, from)).status).toBe(200)
    expect((await askGraphql(app, other.token, from)).status).toBe(429)
    expect((await askGraphql(app, other.token, newAddress())).status).toBe(200)
  })
})

describe('JWTs of one address', () => {
  it('with a bad signature are verified 3,000 times a minute for one address', {
    timeout: 60_000,
  }, async ({ app }) => {
    const statuses = await flood(app, 3_025, () => forgedToken(app), askGraphql, newAddress())
    expect(statuses).toEqual({ 401: 3_000, 429: 25 })
  })

  it('are not limited when they are valid', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const from = newAddress()
    const good = () => app.signToken({ sub: ada.id })
    expect(await flood(app, 400, good, askGraphql, from)).toEqual({ 200: 400 })
  })
})
