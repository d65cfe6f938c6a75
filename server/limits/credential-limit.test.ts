import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import { type App, startApp } from '../testing/app.ts'
import { createAccessToken } from '../tokens/access-token.ts'

const limit = 300

let app: App
beforeAll(async () => {
  app = await startApp({ variables: { TRUSTED_PROXIES: '127.0.0.1, ::1' } })
})
afterAll(() => app.close())

let addresses = 0
const newAddress = () => `203.0.113.${++addresses}`

type Send = (credential: string, from: string) => Promise<Response>

const json = { 'Content-Type': 'application/json', Accept: 'application/json' }

function askGraphql(credential: string, from: string): Promise<Response> {
  return app.request('/graphql', {
    method: 'POST',
    headers: { ...json, Authorization: `Bearer ${credential}`, 'X-Forwarded-For': from },
    body: '{"query":"{ viewer { id } }"}',
  })
}

const ways: [name: string, send: Send][] = [
  ['/graphql', askGraphql],
  [
    '/mcp',
    (credential, from) =>
      app.request('/mcp', {
        method: 'POST',
        headers: { ...json, Authorization: `Bearer ${credential}`, 'X-Forwarded-For': from },
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      }),
  ],
  [
    '/api/auth/token',
    (credential, from) =>
      app.request('/api/auth/token', {
        headers: { 'X-API-Key': credential, 'X-Forwarded-For': from },
      }),
  ],
  [
    '/api/auth/token/exchange',
    (credential, from) =>
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

/** Different each time, and good but for its signature. */
function forgedToken(): string {
  const [head, payload] = app.signToken().split('.')
  return `${head}.${payload}.${'A'.repeat(86)}`
}

/** Answers the statuses of so many random credentials, a few at a time, by how often they came. */
async function flood(count: number, make: () => string, send: Send, from: string) {
  const statuses: Record<number, number> = {}
  for (let sent = 0; sent < count; sent += 25) {
    const batch = Array.from({ length: 25 }, () => send(make(), from))
    for (const { status } of await Promise.all(batch))
      statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

describe('random access tokens', () => {
  it.each(ways)('are looked up 300 times a minute for one address, at %s', async (_name, send) => {
    const from = newAddress()
    const statuses = await flood(400, createAccessToken, send, from)
    expect(statuses[429]).toBe(400 - limit)
    const refused = await send(createAccessToken(), from)
    expect(refused.status).toBe(429)
    const seconds = Number(refused.headers.get('Retry-After'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(await refused.text()).toContain('RATE_LIMITED')
  })

  it('keep out nobody whose token is known, or who is elsewhere', async () => {
    const ada = await app.signUp('Ada')
    const [known, other] = [
      await makeAccessToken(app, ada, []),
      await makeAccessToken(app, ada, []),
    ]
    const from = newAddress()
    expect((await askGraphql(known.token, from)).status).toBe(200)
    expect((await askGraphql(ada.token, from)).status).toBe(200)
    await flood(400, createAccessToken, askGraphql, from)
    expect((await askGraphql(known.token, from)).status).toBe(200)
    expect((await askGraphql(ada.token, from)).status).toBe(200)
    expect((await askGraphql(other.token, from)).status).toBe(429)
    expect((await askGraphql(other.token, newAddress())).status).toBe(200)
  })
})

describe('forged tokens', () => {
  it('are verified 3,000 times a minute for one address', { timeout: 60_000 }, async () => {
    const statuses = await flood(3_025, forgedToken, askGraphql, newAddress())
    expect(statuses).toEqual({ 401: 3_000, 429: 25 })
  })

  it('cost nothing when they are good', async () => {
    const ada = await app.signUp('Ada')
    const from = newAddress()
    const good = () => app.signToken({ sub: ada.id })
    expect(await flood(400, good, askGraphql, from)).toEqual({ 200: 400 })
  })
})
