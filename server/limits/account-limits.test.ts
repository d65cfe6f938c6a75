import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Database } from '#db/client.ts'
import { testDatabase } from '#db/testing/database.ts'
import {
  type Attempt,
  createSignInLimit,
  createSignUpLimit,
  type SignInLimit,
} from './account-limits.ts'

let database: Database
let limit: SignInLimit
let limitElsewhere: SignInLimit
beforeAll(async () => {
  database = await testDatabase()
  limit = createSignInLimit(database.pool)
  limitElsewhere = createSignInLimit(database.pool) // of another instance
})
afterAll(() => database.close())

let people = 0
let addresses = 0
const somebody = () => `${++people}@example.com`
const somewhere = () => `192.0.2.${++addresses}`
const adaAtHome = (): Attempt => ({ address: somewhere(), email: somebody() })

const refusal = { status: 'TOO_MANY_REQUESTS', body: { code: 'RATE_LIMITED' } }

describe('guesses at one account from one address', () => {
  it('are refused after ten, with the seconds after which to come back', async () => {
    const ada = adaAtHome()
    await spend(10, () => ada)
    const refused = await limit.spend(ada).catch((error) => error)
    expect(refused).toMatchObject(refusal)
    expect(Number(refused.headers['Retry-After'])).toBeGreaterThan(800)
    expect(Number(refused.headers['Retry-After'])).toBeLessThanOrEqual(900)
  })

  it('are counted before their outcome is known, by all instances together', async () => {
    const ada = adaAtHome()
    const tries = Array.from({ length: 50 }, (_, n) => (n % 2 ? limit : limitElsewhere).spend(ada))
    const outcomes = await Promise.allSettled(tries)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  it('are forgotten with the right password', async () => {
    const ada = adaAtHome()
    await spend(9, () => ada)
    await limit.spend(ada)
    await limit.forgive(ada)
    await spend(10, () => ada)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
  })

  it('keep nobody out of that account elsewhere', async () => {
    const ada = adaAtHome()
    await spend(10, () => ada)
    await expect(limit.spend({ ...ada, address: somewhere() })).resolves.toBeUndefined()
  })

  it('keep nobody there out of another account', async () => {
    const ada = adaAtHome()
    await spend(10, () => ada)
    await expect(limit.spend({ ...ada, email: somebody() })).resolves.toBeUndefined()
  })

  it('count as from one address for the whole of an IPv6 network', async () => {
    const email = somebody()
    await spend(10, (n) => ({ email, address: `2001:db8:1:2::${n}` }))
    const same = limit.spend({ email, address: '2001:db8:1:2:ffff::1' })
    await expect(same).rejects.toMatchObject(refusal)
    await expect(limit.spend({ email, address: '2001:db8:1:3::1' })).resolves.toBeUndefined()
  })
})

describe('guesses at many accounts from one address', () => {
  it('are refused after a hundred', async () => {
    const ada = adaAtHome()
    await spend(100, () => ({ ...ada, email: somebody() }))
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    await expect(limit.spend({ ...ada, address: somewhere() })).resolves.toBeUndefined()
  })

  it('are not counted where the password was right', async () => {
    const ada = adaAtHome()
    for (let n = 0; n < 110; n++) {
      const attempt = { ...ada, email: somebody() }
      await limit.spend(attempt)
      await limit.forgive(attempt)
    }
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })

  it('do not keep out a neighbour who has signed in from there before', async () => {
    const ada = adaAtHome()
    await limit.remember(ada)
    await spend(100, () => ({ ...ada, email: somebody() }))
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })
})

describe('guesses at one account from many addresses', () => {
  it('are refused after a hundred, and not where the owner has signed in before', async () => {
    const ada = adaAtHome()
    await limit.spend(ada)
    await limit.forgive(ada)
    await spend(100, () => ({ ...ada, address: somewhere() }))
    await expect(limit.spend({ ...ada, address: somewhere() })).rejects.toMatchObject(refusal)
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })
})

describe('what comes past a limit', () => {
  const rows = async () =>
    (await database.pool.query('select * from rate_limits order by key')).rows

  it('writes nothing, and is told the same end', async () => {
    const ada = adaAtHome()
    await spend(10, () => ada)
    const first = await limit.spend(ada).catch((error) => error)
    const before = await rows()
    for (let n = 0; n < 50; n++) await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    expect(await rows()).toEqual(before)
    const last = await limit.spend(ada).catch((error) => error)
    expect(Number(last.headers['Retry-After'])).toBeLessThanOrEqual(
      Number(first.headers['Retry-After']),
    )
    expect(Number(last.headers['Retry-After'])).toBeGreaterThan(800)
  })

  it('is let in again with the window', async () => {
    const ada = adaAtHome()
    await spend(10, () => ada)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    vi.useFakeTimers({ now: Date.now() + 15 * 60_000 + 1_000, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })

  it('is forgiven with the right password of an attempt that was counted before', async () => {
    const ada = adaAtHome()
    await spend(10, () => ada)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    await limit.forgive(ada)
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })

  it('writes nothing for sign-ups either', async () => {
    const address = somewhere()
    const here = createSignUpLimit(database.pool, 1)
    await here(address)
    await expect(here(address)).rejects.toMatchObject(refusal)
    const before = await rows()
    for (let n = 0; n < 20; n++) await expect(here(address)).rejects.toMatchObject(refusal)
    expect(await rows()).toEqual(before)
  })
})

describe('accounts made from one address', () => {
  it('are bounded, by all instances together', async () => {
    const [here, there] = [createSignUpLimit(database.pool, 3), createSignUpLimit(database.pool, 3)]
    const address = somewhere()
    await Promise.all([here(address), there(address), here(address)])
    await expect(there(address)).rejects.toMatchObject(refusal)
    await expect(there(somewhere())).resolves.toBeUndefined()
  })

  it('are not bounded where the limit is zero', async () => {
    const count = createSignUpLimit(database.pool, 0)
    const address = somewhere()
    await expect(
      Promise.all(Array.from({ length: 9 }, () => count(address))),
    ).resolves.toBeDefined()
  })
})

describe('what is kept', () => {
  it('tells nothing of accounts and addresses', async () => {
    const attempt = { address: '203.0.113.7', email: 'ada@example.com' }
    await limit.spend(attempt)
    await limit.forgive(attempt)
    const { rows } = await database.pool.query('select * from rate_limits')
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toMatch(/ada@|203\.0/)
  })
})

async function spend(times: number, attemptOf: (n: number) => Attempt): Promise<void> {
  for (let n = 0; n < times; n++) await limit.spend(attemptOf(n))
}
