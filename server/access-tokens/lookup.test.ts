import { defaultKeyHasher } from '@better-auth/api-key'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { createCredentialLimit } from '../limits/credential-limit.ts'
import {
  exchange,
  listAccessTokens,
  makeAccessToken,
  postAccessToken,
} from '../testing/access-tokens.ts'
import type { App } from '../testing/app.ts'
import { setClock, setUptime } from '../testing/clock.ts'
import { createGate } from '../testing/gate.ts'
import { startProxied } from '../testing/proxied.ts'
import { openStream, type Stream, type StreamEvent } from '../testing/stream.ts'
import { it } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'
import { createAccessToken } from '../tokens/access-token.ts'
import type { Claims } from '../tokens/jwt.ts'
import { hashAccessToken } from './hash.ts'
import { cacheAccessTokens } from './lookup.ts'

/** The claims of a token. */
const claims: Claims = {
  sub: 'ada',
  iat: 0,
  exp: Number.POSITIVE_INFINITY,
  sid: 'a key',
  scope: '',
}

describe('the cache of access tokens', () => {
  it('looks a token up once for 50 concurrent requests', async () => {
    const findClaims = vi.fn(async () => claims)
    const verify = cacheAccessTokens(findClaims)
    const token = createAccessToken()
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(token)))
    expect(new Set(answers)).toEqual(new Set([claims]))
    expect(findClaims).toHaveBeenCalledTimes(1)
  })

  it('keeps a known token for a minute and an unknown one for five seconds', async () => {
    let now = 1
    const findClaims = vi.fn(async (): Promise<Claims | undefined> => claims)
    const verify = cacheAccessTokens(findClaims, () => now)
    const [known, unknown] = [createAccessToken(), createAccessToken()]
    const callsAt = async (seconds: number, token: string) => {
      now += seconds * 1_000
      await verify(token).catch(() => {})
      return findClaims.mock.calls.length
    }
    expect([await callsAt(0, known), await callsAt(59, known), await callsAt(2, known)]).toEqual([
      1, 1, 2,
    ])
    findClaims.mockResolvedValue(undefined)
    expect([
      await callsAt(0, unknown),
      await callsAt(4, unknown),
      await callsAt(2, unknown),
    ]).toEqual([3, 3, 4])
  })

  it('answers a waiting request when the token was evicted meanwhile', async () => {
    const { opened, open } = createGate()
    const verify = cacheAccessTokens(() => opened.then(() => claims))
    const first = verify(createAccessToken())
    const flood = Array.from({ length: 11_000 }, () => verify(createAccessToken()))
    open()
    expect(await first).toEqual(claims)
    expect((await Promise.all(flood)).every((one) => one === claims)).toBe(true)
  })

  it('rejects all waiting requests when the look-up fails, and looks up again the next time', async () => {
    const { opened, open } = createGate()
    const failLate = () => opened.then(() => Promise.reject(new Error('unavailable')))
    const findClaims = vi.fn(async () => claims).mockImplementationOnce(failLate)
    const verify = cacheAccessTokens(findClaims)
    const token = createAccessToken()
    const verifying = [verify(token), verify(token)]
    open()
    const outcomes = await Promise.allSettled(verifying)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await verify(token)).toBe(claims)
  })
})

describe('the last use of an access token', () => {
  it('is written without delaying the request', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, [])
    const client = await app.pool.connect()
    onTestFinished(() => client.release())
    await client.query('begin')
    await client.query('select from apikey where id = $1 for update', [id])
    expect(await statusOf(app, token)).toBe(200)
    await client.query('rollback')
    await vi.waitFor(async () => {
      const listed = (await listAccessTokens(app, ada)).find((one) => one.id === id)
      expect(listed?.lastUsedAt).not.toBeNull()
    })
  })
})

describe('a stream that was opened with an access token', () => {
  it('ends when it is revoked', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const stream = await openGoodStream(app, token)
    await postAccessToken(app, ada, 'revoke', { id })
    expect(reasonIn(await stream.ended)).toBe('SESSION_ENDED')
  })

  it('ends when it expires', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const { rows } = await app.pool.query(
      `update apikey set "expiresAt" = date_trunc('second', now() + interval '1 hour')
       where id = $1 returning "expiresAt"`,
      [id],
    )
    setClock(rows[0].expiresAt.getTime() - 200)
    const stream = await openGoodStream(app, token)
    expect(reasonIn(await stream.ended)).toBe('TOKEN_EXPIRED')
  })
})

async function openGoodStream(app: App, token: string): Promise<Stream> {
  const stream = await openStream(app.url, token)
  onTestFinished(stream.leave)
  expect(stream.response.status).toBe(200)
  return stream
}

function reasonIn(events: StreamEvent[]): unknown {
  return events.at(-2)?.data?.errors?.[0]?.extensions.reason
}

describe('while the database is unavailable', () => {
  it('an access token that is not cached is refused with 503', async () => {
    const { app, proxy } = await startProxied()
    const bob = await app.signUp('Bob')
    const [known, unknown] = [
      await makeAccessToken(app, bob, []),
      await makeAccessToken(app, bob, []),
    ]
    setUptime(performance.now()) // so that the last ping does not get too old
    expect(await statusOf(app, known.token)).toBe(200)
    proxy.cut()
    expect(await statusOf(app, known.token)).toBe(200)
    const refused = await app.query('{ viewer { id } }', {}, unknown.token)
    expect([refused.status, refused.body.data]).toEqual([503, undefined])
    expect(refused.body.errors?.[0]?.extensions).toEqual({ code: 'KEYS_UNAVAILABLE' })
    const attempts = [
      await exchange(app, unknown.token),
      await app.request('/api/auth/token', { headers: { 'X-API-Key': unknown.token } }),
      await postAccessToken(app, bob, 'create', { name: 'A script', scopes: [] }),
    ]
    expect(attempts.map(({ status }) => status)).toEqual([503, 503, 503])
    expect(attempts.map(({ headers }) => headers.get('Retry-After'))).toEqual(['5', '5', '5'])
  })
})

describe('a flood of unknown access tokens', () => {
  it('evicts no good one from the cache', async () => {
    const good = createAccessToken()
    const goodHash = hashAccessToken(good)
    const findClaims = vi.fn(async (hash: string) => (hash === goodHash ? claims : undefined))
    const verify = cacheAccessTokens(findClaims)
    await verify(good)
    for (let n = 0; n < 11_000; n++) await verify(createAccessToken()).catch(() => {})
    findClaims.mockClear()
    expect(await verify(good)).toBe(claims)
    expect(findClaims).not.toHaveBeenCalled()
  })
})

describe('500 unknown access tokens from one address', () => {
  it('cost 300 look-ups when they come concurrently', async () => {
    const findClaims = vi.fn(async () => undefined)
    const verify = cacheAccessTokens(findClaims)
    const meter = createCredentialLimit()('192.0.2.1')
    const tries = Array.from({ length: 500 }, () => verify(createAccessToken(), meter))
    await Promise.allSettled(tries)
    expect(findClaims).toHaveBeenCalledTimes(300)
  })

  it('cost one look-up when all are equal', async () => {
    const findClaims = vi.fn(async () => undefined)
    const verify = cacheAccessTokens(findClaims)
    const meter = createCredentialLimit()('192.0.2.1')
    const token = createAccessToken()
    for (let n = 0; n < 500; n++) await verify(token, meter).catch(() => {})
    expect(findClaims).toHaveBeenCalledTimes(1)
    expect(await meter(1, async () => 'good')).toBe('good')
  })
})

describe('the hash of an access token', () => {
  it('equals the one that Better Auth stores', async () => {
    const token = createAccessToken()
    expect(hashAccessToken(token)).toBe(await defaultKeyHasher(token))
  })
})
