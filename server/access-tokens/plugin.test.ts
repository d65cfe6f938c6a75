import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { describe, expect, vi } from 'vitest'
import { actorIdOf } from '#schema/actor-ids.ts'
import {
  type AccessToken,
  jwtOf,
  listAccessTokens,
  makeAccessToken,
  postAccessToken,
} from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders } from '../testing/app.ts'
import { setClock } from '../testing/clock.ts'
import { it } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'
import { withoutTables } from '../testing/without-tables.ts'

describe('a new access token', () => {
  it('is shown once, with its scopes and expiry', async ({ app, ada }) => {
    const before = Date.now()
    const input = { name: ' My script ', scopes: ['tasks:write', 'email'], expiresInDays: 30 }
    const response = await postAccessToken(app, ada, 'create', input)
    const made = (await response.json()) as AccessToken & { token: string }
    expect(response.status).toBe(200)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(made).toEqual({
      id: expect.any(String),
      actorId: actorIdOf({ kind: 'ACCESS_TOKEN', id: made.id }),
      name: 'My script',
      scopes: ['email', 'tasks:write'],
      start: made.token.slice(0, 13),
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      lastUsedAt: null,
      maxDeletions: 50,
      maxChanges: 1_000,
      pausedAt: null,
      token: expect.stringMatching(/^taskward_\w{38}$/),
    })
    const days = (Date.parse(String(made.expiresAt)) - before) / 86_400_000
    expect(days).toBeCloseTo(30, 3)
    const { token, ...listed } = made
    expect(await listAccessTokens(app, ada)).toContainEqual(listed)
  })

  it('is stored only as a hash', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const { rows } = await app.pool.query('select * from apikey where id = $1', [id])
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(token.slice(13))
  })

  it('is valid until it is revoked when no days are given', async ({ app, ada }) => {
    for (const expiresInDays of [null, undefined]) {
      const input = { name: 'Forever', scopes: [], expiresInDays }
      const response = await postAccessToken(app, ada, 'create', input)
      expect(await response.json()).toMatchObject({ scopes: [], expiresAt: null })
    }
  })

  it('may have any name of 64 characters', async ({ app, ada }) => {
    const name = '😀'.repeat(64)
    const response = await postAccessToken(app, ada, 'create', { name, scopes: [] })
    expect(await response.json()).toMatchObject({ name })
  })

  it('cannot have the scope of the person', async ({ app, ada }) => {
    const input = { name: 'A script', scopes: ['tasks:read', 'account'] }
    const response = await postAccessToken(app, ada, 'create', input)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_scope', code: 'INVALID_SCOPE' })
  })

  it('has the limits of the brake that its owner chooses', async ({ app, ada }) => {
    const limits = { maxDeletions: 0, maxChanges: 100_000 }
    const input = { name: 'A script', scopes: [], ...limits }
    const made = await (await postAccessToken(app, ada, 'create', input)).json()
    expect(made).toMatchObject(limits)
    expect(await listAccessTokens(app, ada)).toContainEqual(expect.objectContaining(limits))
  })

  it.for([-1, 100_001, 1.5, '50'])(
    'is refused with the limit %j',
    async (maxDeletions, { app, ada }) => {
      const input = { name: 'A script', scopes: [], maxDeletions }
      expect((await postAccessToken(app, ada, 'create', input)).status).toBe(400)
    },
  )

  it('has each scope once, also when the request repeats it', async ({ app, ada }) => {
    const { scopes } = await makeAccessToken(app, ada, ['email', 'email'])
    expect(scopes).toEqual(['email'])
  })

  it.for<[fault: string, input: object, message: RegExp]>([
    ['an unknown scope', { scopes: ['tasks:admin'] }, /"tasks:admin"/],
    ['a scope in capitals', { scopes: ['EMAIL'] }, /"EMAIL"/],
    ['no scopes', { scopes: undefined }, /scopes/],
    ['scopes in one text', { scopes: 'email' }, /scopes/],
    ['no name', { name: undefined }, /name/],
    ['a blank name', { name: ' \t' }, /1 to 64/],
    ['a name of 65 characters', { name: 'a'.repeat(65) }, /1 to 64/],
    ['a name with a null character', { name: 'a\0' }, /name/],
    ['half a day', { expiresInDays: 0.5 }, /expiresInDays/],
    ['no days', { expiresInDays: 0 }, /expiresInDays/],
    ['366 days', { expiresInDays: 366 }, /expiresInDays/],
    ['days as text', { expiresInDays: '30' }, /expiresInDays/],
  ])(
    'is not created with %s, and the error says why',
    async ([_fault, input, message], { app, bob }) => {
      const before = (await listAccessTokens(app, bob)).length
      const good = { name: 'A script', scopes: ['email'] }
      const response = await postAccessToken(app, bob, 'create', { ...good, ...input })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ message: expect.stringMatching(message) })
      expect(await listAccessTokens(app, bob)).toHaveLength(before)
    },
  )

  it('ignores other members of the request', async ({ app, ada, bob }) => {
    const ignored = {
      userId: bob.id,
      permissions: { taskward: ['email'] },
      remaining: 7,
      prefix: 'x_',
    }
    const input = { name: 'A script', scopes: [], ...ignored }
    const response = await postAccessToken(app, ada, 'create', input)
    const { id, token } = (await response.json()) as { id: string; token: string }
    const { rows } = await app.pool.query(
      'select "referenceId", permissions, remaining, prefix from apikey where id = $1',
      [id],
    )
    expect(token).toMatch(/^taskward_/)
    expect(rows).toEqual([
      {
        referenceId: ada.id,
        permissions: '{"taskward":[],"separate":["tasks:delete"]}',
        remaining: null,
        prefix: 'taskward_',
      },
    ])
  })

  it('is one of at most fifty, also with concurrent requests', async ({ app }) => {
    const carol = await app.signUp('Carol')
    const many = Array.from({ length: 60 }, () =>
      postAccessToken(app, carol, 'create', { name: 'One of many', scopes: [] }),
    )
    const statuses = (await Promise.all(many)).map(({ status }) => status)
    const live = (await listAccessTokens(app, carol)).length
    expect(statuses.filter((status) => status === 200)).toHaveLength(live)
    expect(new Set(statuses)).toEqual(new Set([200, 409]))
    expect(live).toBeLessThanOrEqual(50)
    while ((await listAccessTokens(app, carol)).length < 50) await makeAccessToken(app, carol, [])
    const response = await postAccessToken(app, carol, 'create', { name: 'Too many', scopes: [] })
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: 'TOO_MANY_ACCESS_TOKENS' })
    expect(await listAccessTokens(app, carol)).toHaveLength(50)
  })
})

describe('creating access tokens', () => {
  it('is refused for an hour after two hundred, also when they are revoked', async ({ app }) => {
    const carol = await app.signUp('Carol')
    const create = () => postAccessToken(app, carol, 'create', { name: 'A script', scopes: [] })
    const points = await spentBy(app, async () => expect((await create()).status).toBe(200))
    await app.pool.query('update rate_limits set points = 199 where key = $1', [points])
    expect((await create()).status).toBe(200)
    const refused = await create()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(3_000)
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' })
    const dave = await app.signUp('Dave')
    expect((await makeAccessToken(app, dave, [])).token).toMatch(/^taskward_/)
  })
})

/** The rate-limit key that `act` spends from. */
async function spentBy(app: App, act: () => Promise<void>): Promise<string> {
  const list = async () => {
    const { rows } = await app.pool.query(
      `select key from rate_limits where key like 'access-token:%'`,
    )
    return rows.map(({ key }) => String(key))
  }
  const before = await list()
  await act()
  const [key = ''] = (await list()).filter((one) => !before.includes(one))
  return key
}

describe('the list of access tokens', () => {
  it('has only the owner’s tokens, newest first, without their secrets', async ({ app }) => {
    const carol = await app.signUp('Carol')
    const first = await makeAccessToken(app, carol, [])
    const second = await makeAccessToken(app, carol, ['email'])
    const list = await listAccessTokens(app, carol)
    expect(list.map(({ id }) => id)).toEqual([second.id, first.id])
    expect(JSON.stringify(list)).not.toContain(second.token.slice(13))
    const outline = ['id', 'name', 'scopes', 'start', 'createdAt', 'expiresAt', 'lastUsedAt']
    const members = [...outline, 'maxDeletions', 'maxChanges', 'pausedAt', 'actorId']
    expect(list.map((token) => Object.keys(token))).toEqual([members, members])
  })

  it('has the time of the last use, to the minute', async ({ app, other }) => {
    const carol = await app.signUp('Carol')
    const { token } = await makeAccessToken(app, carol, [])
    const lastUsed = async () => (await listAccessTokens(app, carol))[0]?.lastUsedAt
    expect(await lastUsed()).toBeNull()
    const before = Date.now()
    await statusOf(app, token)
    const used = await vi.waitFor(async () => {
      const at = await lastUsed()
      expect(at).not.toBeNull()
      return at
    })
    expect(Date.parse(String(used))).toBeGreaterThanOrEqual(before)
    expect(Date.parse(String(used))).toBeLessThanOrEqual(Date.now())
    for (const instance of [app, other]) await statusOf(instance, token)
    expect(await lastUsed()).toBe(used)
  })
})

describe('an access token', () => {
  it.for<[kind: string, headersOf: (ada: Account) => Record<string, string>]>([
    ['an empty session cookie', () => ({ cookie: '' })],
    ['a token', (ada) => ({ Authorization: `Bearer ${ada.token}` })],
    [
      'a session cookie from another site',
      (ada) => ({ cookie: ada.cookie, Origin: 'https://a.example' }),
    ],
  ])('cannot be created or revoked with %s', async ([_kind, headersOf], { app, ada }) => {
    const { id } = await makeAccessToken(app, ada, [])
    for (const [path, body] of [
      ['create', { name: 'A script', scopes: [] }],
      ['revoke', { id }],
    ] as const) {
      const response = await app.request(`/api/auth/access-token/${path}`, {
        method: 'POST',
        headers: { ...jsonHeaders, ...headersOf(ada) },
        body: JSON.stringify(body),
      })
      expect([401, 403]).toContain(response.status)
    }
    expect((await listAccessTokens(app, ada)).map((token) => token.id)).toContain(id)
  })

  it('is looked up once a minute, also when it is used often', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    await Promise.all(Array.from({ length: 20 }, () => statusOf(app, token)))
    const statuses = await withoutTables(app, ['apikey'], () =>
      Promise.all(Array.from({ length: 20 }, () => statusOf(app, token))),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('is refused when it cannot be looked up', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const refused = await withoutTables(app, ['apikey'], () =>
      app.query('{ viewer { id } }', {}, token),
    )
    expect([refused.status, refused.body.data]).toEqual([500, undefined])
    expect(await statusOf(app, token)).toBe(200)
  })

  it('is refused after its expiry, and a JWT from it expires no later', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const { rows } = await app.pool.query(
      `update apikey set "expiresAt" = now() + interval '1 minute' where id = $1
       returning "expiresAt"`,
      [id],
    )
    const expiresAt = rows[0].expiresAt.getTime()
    const jwt = await jwtOf(app, token)
    expect([await statusOf(app, token), await statusOf(app, jwt)]).toEqual([200, 200])
    expect(Number(decodeJwt(jwt).exp)).toBeLessThanOrEqual(expiresAt / 1000)
    setClock(expiresAt)
    expect(await statusOf(app, token)).toBe(401)
    const exchanged = await app.request('/api/auth/token', { headers: { 'x-api-key': token } })
    expect(exchanged.status).toBe(401)
  })

  it('is refused when Better Auth has disabled it or its account does not exist', async ({
    app,
    ada,
  }) => {
    const disabled = await makeAccessToken(app, ada, [])
    const orphan = await makeAccessToken(app, ada, [])
    await app.pool.query('update apikey set enabled = false where id = $1', [disabled.id])
    await app.pool.query(`update apikey set "referenceId" = $2 where id = $1`, [
      orphan.id,
      randomUUID(),
    ])
    expect(await statusOf(app, disabled.token)).toBe(401)
    expect(await statusOf(app, orphan.token)).toBe(401)
  })

  it('has no scopes when its permissions are malformed', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    await app.pool.query(
      `update apikey set permissions = '{"taskward":"tasks:read"}' where id = $1`,
      [id],
    )
    const { body } = await app.query('{ viewer { scopes } }', {}, token)
    expect(body.data).toEqual({ viewer: { scopes: [] } })
  })
})
