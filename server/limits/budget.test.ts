import { describe, expect, onTestFinished, vi } from 'vitest'
import { writeRows } from '#db/testing/write-rows.ts'
import { jwtOf, makeAccessToken } from '../testing/access-tokens.ts'
import type { Account, Answer, App } from '../testing/app.ts'
import { openStream, type Stream } from '../testing/stream.ts'
import { withVariables } from '../testing/test.ts'

const pointsPerMinute = 100
const it = withVariables({ GRAPHQL_POINTS_PER_MINUTE: String(pointsPerMinute) })

const check = 'operationAccess(document: "{ labels { name } }") { allowed }'
/** Each check costs 1,601 and uses no database: time at the database costs points too. */
const checks = (count: number) =>
  `{ ${Array.from({ length: count }, (_, n) => `a${n}: ${check}`).join(' ')} }`
const expensive = checks(3) // 49 points
const middling = checks(1) // 17 points
const cheap = '{ viewer { id } }'

describe('a caller', () => {
  it('gets the remaining points and the reset time in headers', async ({ app }) => {
    const ada = await app.signUp('Ada')
    expect(limitsIn(await ada.query(cheap))).toEqual({ limit: 100, remaining: 99, reset: 60 })
    expect(limitsIn(await ada.query('{ nothing }'))).toMatchObject({ remaining: 98 })
    expect(limitsIn(await ada.query('{'))).toMatchObject({ remaining: 97 })
    expect(limitsIn(await ada.query(expensive))).toMatchObject({ remaining: 48 })
  })

  it('gets cost and points in extensions on request', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const { body } = await ask(app, ada.token, { query: cheap, extensions: { cost: true } })
    const resetAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const rateLimit = { limit: 100, remaining: 99, resetAt }
    expect(body).toEqual({ data: { viewer: { id: ada.id } }, extensions: { cost: 2, rateLimit } })
  })

  it('otherwise gets equal bodies for equal requests', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const [first, second] = [await ada.query(cheap), await ada.query(cheap)]
    expect(second.body).toEqual(first.body)
  })
})

describe('a caller without points', () => {
  it('is refused before the operation runs, with Retry-After', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await spendAll(ada)
    const answer = await ada.query(
      'mutation { createTask(input: { title: "No" }) { task { id } } }',
    )
    expect(answer.status).toBe(429)
    const rateLimit = { limit: 100, remaining: expect.any(Number), resetAt: expect.any(String) }
    expect(answer.body).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'RATE_LIMITED', rateLimit } }],
    })
    const seconds = Number(answer.headers.get('Retry-After'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    const { rows } = await app.pool.query('select 1 from tasks where user_id = $1', [ada.id])
    expect(rows).toEqual([])
  })

  it('may still run an operation that is cheap enough', async ({ app }) => {
    const ada = await app.signUp('Ada')
    for (let round = 0; round < 3; round++) await ada.query(cheap)
    await ada.query(expensive)
    expect((await ada.query(expensive)).status).toBe(429)
    expect((await ada.query(cheap)).status).toBe(200)
  })

  it('does not block another account', async ({ app }) => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    await spendAll(ada)
    expect((await bob.query(cheap)).status).toBe(200)
  })

  it('is also refused with another token', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await spendAll(ada)
    const answer = await app.query(cheap, {}, app.signToken({ sub: ada.id }))
    expect(answer.status).toBe(429)
  })

  it('on the page does not block the programs of the account', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await spendAll(ada)
    const program = app.signToken({ sub: ada.id, azp: 'program', scope: 'tasks:read' })
    expect((await app.query(cheap, {}, program)).status).toBe(200)
  })

  it('on the page does not block the scripts, which share one quota', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await spendAll(ada)
    const first = await makeAccessToken(app, ada, ['tasks:read'])
    const second = await makeAccessToken(app, ada, ['email'])
    const remaining = async (token: string) => limitsIn(await app.query(cheap, {}, token)).remaining
    expect(await remaining(first.token)).toBe(99)
    expect(await remaining(second.token)).toBe(98)
    expect(await remaining(await jwtOf(app, first.token))).toBe(87) // 10 for the exchange
    const narrower = app.signToken({ sub: ada.id, scope: 'tasks:read' })
    expect(await remaining(narrower)).toBe(86)
  })

  it('with a bad token gets 401, not 429', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await spendAll(ada)
    expect((await app.query(cheap, {}, `${ada.token}x`)).status).toBe(401)
  })
})

describe('the programs of an account together', () => {
  const program = (app: App, ada: Account, azp: string) =>
    app.signToken({ sub: ada.id, azp, scope: 'tasks:read email' })

  it('may spend as much as two of them, and get the balance of the lower quota', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    const [first, second, third] = ['a', 'b', 'c'].map((azp) => program(app, ada, azp))
    for (const token of [first, first, second, second]) {
      expect((await app.query(expensive, {}, token)).status).toBe(200)
    }
    const answer = await app.query(cheap, {}, third)
    expect(limitsIn(answer)).toMatchObject({ limit: 200, remaining: 3 })
    expect((await app.query(expensive, {}, third)).status).toBe(429)
    expect(limitsIn(await app.query(cheap, {}, second))).toMatchObject({ remaining: 1 })
  })

  it('include those that exchange tokens', async ({ app }) => {
    const ada = await app.signUp('Ada')
    for (const azp of ['a', 'a', 'b', 'b']) await app.query(expensive, {}, program(app, ada, azp))
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const headers = { Authorization: `Bearer ${token}` }
    expect((await app.request('/api/auth/token', { headers })).status).toBe(429)
  })

  it('do not spend the points of the page', async ({ app }) => {
    const ada = await app.signUp('Ada')
    for (const azp of ['a', 'a', 'b', 'b']) await app.query(expensive, {}, program(app, ada, azp))
    expect(limitsIn(await ada.query(cheap))).toMatchObject({ limit: 100, remaining: 99 })
  })

  it('are counted by all instances together', async ({ app, other }) => {
    const ada = await app.signUp('Ada')
    for (const azp of ['a', 'a', 'b', 'b']) await app.query(expensive, {}, program(app, ada, azp))
    const token = program(app, ada, 'c')
    await vi.waitFor(
      async () => {
        const { limit, remaining } = limitsIn(await other.query('{ __typename }', {}, token))
        expect(limit).toBe(200)
        expect(remaining).toBeLessThan(4)
      },
      { timeout: 5_000, interval: 500 },
    )
  })
})

describe('an event of a stream', () => {
  it('costs the points of its operation on each stream', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const streams = [await subscribe(app, ada), await subscribe(app, ada)] // for a point each
    await insertTasks(app, ada, 5)
    for (const { events } of streams) await vi.waitFor(() => expect(events).toHaveLength(5))
    expect(limitsIn(await ada.query(cheap))).toMatchObject({ remaining: 100 - 2 - 10 - 1 })
  })

  it('ends the stream when only the fifth of the points that is reserved for requests is left', async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    const stream = await subscribe(app, ada)
    await insertTasks(app, ada, 100)
    const events = await stream.ended
    const [ending, complete] = events.slice(-2)
    expect(events).toHaveLength(79 + 2)
    expect(complete?.name).toBe('complete')
    const rateLimit = { limit: 100, remaining: 20, resetAt: expect.any(String) }
    const extensions = { code: 'RATE_LIMITED', reason: 'POINTS_SPENT', rateLimit }
    expect(ending?.data?.errors?.[0]?.extensions).toEqual(extensions)
    expect((await ada.query(cheap)).status).toBe(200)
  })
})

describe('a caller without a token', () => {
  it('is counted by address and does not block callers with a token', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const outcomes = await Promise.all(
      Array.from({ length: 150 }, () => app.query('{ __typename }')),
    )
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(pointsPerMinute)
    expect((await ada.query(cheap)).status).toBe(200)
  })
})

describe('two instances', () => {
  it('share their counts within a second', async ({ app, other }) => {
    const ada = await app.signUp('Ada')
    await spendAll(ada)
    await vi.waitFor(
      async () => expect((await other.query(cheap, {}, ada.token)).status).toBe(429),
      { timeout: 5_000, interval: 250 },
    )
  })

  it('add up their points', async ({ app, other }) => {
    const ada = await app.signUp('Ada')
    await ada.query(middling)
    await other.query(middling, {}, ada.token)
    let asked = 0
    const askAgain = async () => {
      const { remaining } = limitsIn(await ada.query(cheap))
      asked += 1
      expect(remaining).toBe(pointsPerMinute - 2 * 17 - asked)
    }
    await vi.waitFor(askAgain, { timeout: 5_000, interval: 250 })
  })

  it('need no query for a request', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const spy = vi.spyOn(app.pool.constructor.prototype, 'query')
    for (let round = 0; round < 20; round++) await ada.query('{ __typename }')
    // Work in the background, such as the exchange of points, makes a few.
    expect(spy.mock.calls.length).toBeLessThan(20)
    spy.mockRestore()
  })
})

async function subscribe(app: App, { token }: Account): Promise<Stream> {
  const stream = await openStream(app.url, token)
  onTestFinished(stream.leave)
  return stream
}

/** Inserts directly into the database, which costs no points. */
async function insertTasks(app: App, { id }: Account, count: number): Promise<void> {
  await writeRows(
    app.pool,
    id,
    `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
     select $1, gen_random_uuid(), 'a', 'a', 'LOW', '{}', '{}' from generate_series(1, $2)`,
    [id, count],
  )
}

async function spendAll(ada: Account): Promise<void> {
  let status = 200
  for (let round = 0; status === 200 && round < 3; round++)
    ({ status } = await ada.query(expensive))
  for (let round = 0; round < 5; round++) await ada.query(cheap)
}

function limitsIn({ headers }: Answer) {
  const read = (name: string) => Number(headers.get(`RateLimit-${name}`))
  return { limit: read('Limit'), remaining: read('Remaining'), reset: read('Reset') }
}

async function ask(app: App, token: string, body: object): Promise<{ body: unknown }> {
  const response = await app.request('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  return { body: await response.json() }
}
