import { randomUUID } from 'node:crypto'
import diagnostics from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, vi } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import { signIn } from '../testing/accounts.ts'
import { type App, jsonHeaders } from '../testing/app.ts'
import { holdHashing } from '../testing/hashing.ts'
import { withVariables } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'

const it = withVariables({ TRUSTED_PROXIES: '127.0.0.1, ::1' })

let addresses = 0
const newAddress = () => `198.51.100.${++addresses}`
const addressHeader = (from: string) => ({ 'X-Forwarded-For': from })

function signUp(app: App, from: string, name = 'Eve', signal?: AbortSignal): Promise<Response> {
  const body = { name, email: `${randomUUID()}@example.com`, password: 'correct horse' }
  return app.request('/api/auth/sign-up/email', {
    method: 'POST',
    headers: { ...jsonHeaders, ...addressHeader(from) },
    body: JSON.stringify(body),
    signal,
  })
}

const times = <T>(count: number, run: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => run(n))

/** Resolves when one of the answers has this status. Rejects when none has. */
const firstWith = (status: number, answers: Promise<Response>[]) =>
  Promise.any(
    answers.map(async (answer) => {
      if ((await answer).status !== status) throw new Error(`The status is not ${status}.`)
    }),
  )

/** Resolves when the server has received the next `count` requests. */
function receiveRequests(count: number): Promise<ServerResponse[]> {
  const responses: ServerResponse[] = []
  return new Promise((resolve) => {
    const onStart = (message: unknown) => {
      const { request, response } = message as {
        request: IncomingMessage
        response: ServerResponse
      }
      if (request.url === '/api/auth/sign-up/email') responses.push(response)
      if (responses.length < count) return
      diagnostics.unsubscribe('http.server.request.start', onStart)
      resolve(responses)
    }
    diagnostics.subscribe('http.server.request.start', onStart)
  })
}

describe('70 concurrent sign-ups from one address', () => {
  it('succeed or are refused, while no other address is refused', { timeout: 60_000 }, async ({
    app,
  }) => {
    const ada = await app.signUp('Ada')
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const from = newAddress()
    const { release } = holdHashing()
    const flood = times(70, () => signUp(app, from))
    await firstWith(429, flood)
    release()
    const otherSignIns = times(3, () => signIn(app, ada, addressHeader(newAddress())))
    const queries = await Promise.all(times(20, () => statusOf(app, token)))
    expect(new Set(queries)).toEqual(new Set([200]))
    const signIns = await Promise.all(otherSignIns)
    expect(signIns.map(({ status }) => status)).toEqual([200, 200, 200])
    const answers = await Promise.all(flood)
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(41)
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers.get('Retry-After')).toBe('2')
    expect(await refused[0]?.json()).toEqual({
      code: 'RATE_LIMITED',
      message:
        'Too many passwords from your address are being checked at the same time. Try again in 2 seconds.',
    })
  })
})

describe('sign-ups from many addresses', () => {
  it('hold no database connection while their passwords are hashed', async ({ app }) => {
    const { hashing, release } = holdHashing()
    const received = receiveRequests(15)
    const answers = times(15, () => signUp(app, newAddress()))
    await received
    await vi.waitFor(() => expect(hashing).toHaveBeenCalled())
    await vi.waitFor(async () => expect(await countOpenTransactions(app)).toBe(0))
    release()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(times(15, () => 200))
  })

  it('are refused with 503 when the queue is full', { timeout: 60_000 }, async ({ app }) => {
    const { release } = holdHashing()
    const flood = times(120, () => signUp(app, newAddress()))
    await firstWith(503, flood)
    release()
    const answers = await Promise.all(flood)
    // On a busy machine, others have waited for the maximum time: their 503 says 5 seconds.
    const isRefused = ({ status, headers }: Response) =>
      status === 503 && headers.get('Retry-After') === '2'
    const refused = answers.filter(isRefused)
    expect(refused.length).toBeGreaterThan(0)
    expect(await refused[0]?.json()).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
  })
})

describe('a sign-up whose client has disconnected', () => {
  it('is not hashed', async ({ app }) => {
    const from = newAddress()
    const { hashing, release } = holdHashing()
    const abort = new AbortController()
    const received = receiveRequests(10)
    const gone = times(10, () => signUp(app, from, 'Gone', abort.signal).catch(() => undefined))
    const closed = (await received).map((response) => once(response, 'close'))
    await vi.waitFor(() => expect(hashing).toHaveBeenCalledTimes(1))
    abort.abort()
    await Promise.all([...gone, ...closed])
    release()
    expect((await signUp(app, from)).status).toBe(200) // it has waited behind them
    // One was being hashed, and a few may have been past the check when their client disconnected.
    const { rows } = await app.pool.query(`select count(*)::int from "user" where name = 'Gone'`)
    expect(rows[0].count).toBeLessThan(6)
  })
})

async function countOpenTransactions({ pool }: App): Promise<number> {
  const { rows } = await pool.query(
    `select count(*)::int from pg_stat_activity
     where datname = current_database() and state = 'idle in transaction'`,
  )
  return rows[0].count
}

describe('a sign-in that is refused because the queue is full', () => {
  it('does not count as a failed sign-in', { timeout: 60_000 }, async ({ app }) => {
    const [ada, from] = [await app.signUp('Ada'), newAddress()]
    const { release } = holdHashing()
    const flood = times(70, () => signUp(app, from))
    await firstWith(429, flood) // the queue of the address is full
    const tries = await Promise.all(times(10, () => signIn(app, ada, addressHeader(from))))
    expect(tries.map(({ status }) => status)).toEqual(times(10, () => 429))
    release()
    await Promise.all(flood)
    expect((await signIn(app, ada, addressHeader(from))).status).toBe(200)
  })
})
