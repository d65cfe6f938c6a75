import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { databaseForFile } from '#db/testing/database.ts'
import { type Attempt, createSignInLimit, createSignUpLimit } from './account-limits.ts'

const { pool } = await databaseForFile()
const limit = createSignInLimit(pool)
const limitElsewhere = createSignInLimit(pool) // of another instance

let emails = 0
let addresses = 0
const newEmail = () => `${++emails}@example.com`
const newAddress = () => `192.0.2.${++addresses}`
const newAttempt = (): Attempt => ({ address: newAddress(), email: newEmail() })

const refusal = { status: 'TOO_MANY_REQUESTS', body: { code: 'RATE_LIMITED' } }

describe('failed sign-ins for one account from one address', () => {
  it('are refused after ten, with Retry-After', async () => {
    const ada = newAttempt()
    await spend(10, () => ada)
    const refused = await limit.spend(ada).catch((error) => error)
    expect(refused).toMatchObject(refusal)
    expect(Number(refused.headers['Retry-After'])).toBeGreaterThan(800)
    expect(Number(refused.headers['Retry-After'])).toBeLessThanOrEqual(900)
  })

  it('are counted before the password is checked, by all instances together', async () => {
    const ada = newAttempt()
    const tries = Array.from({ length: 50 }, (_, n) => (n % 2 ? limit : limitElsewhere).spend(ada))
    const outcomes = await Promise.allSettled(tries)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  it('are reset by the right password', async () => {
    const ada = newAttempt()
    await spend(9, () => ada)
    await limit.spend(ada)
    await limit.forgive(ada)
    await spend(10, () => ada)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
  })

  it('do not block that account from another address', async () => {
    const ada = newAttempt()
    await spend(10, () => ada)
    await expect(limit.spend({ ...ada, address: newAddress() })).resolves.toBeUndefined()
  })

  it('do not block another account from that address', async () => {
    const ada = newAttempt()
    await spend(10, () => ada)
    await expect(limit.spend({ ...ada, email: newEmail() })).resolves.toBeUndefined()
  })

  it('count for the whole /64 of an IPv6 address', async () => {
    const email = newEmail()
    await spend(10, (n) => ({ email, address: `2001:db8:1:2::${n}` }))
    const same = limit.spend({ email, address: '2001:db8:1:2:ffff::1' })
    await expect(same).rejects.toMatchObject(refusal)
    await expect(limit.spend({ email, address: '2001:db8:1:3::1' })).resolves.toBeUndefined()
  })
})

describe('failed sign-ins for many accounts from one address', () => {
  it('are refused after a hundred', async () => {
    const ada = newAttempt()
    await spend(100, () => ({ ...ada, email: newEmail() }))
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    await expect(limit.spend({ ...ada, address: newAddress() })).resolves.toBeUndefined()
  })

  it('do not include attempts with the right password', async () => {
    const ada = newAttempt()
    for (let n = 0; n < 110; n++) {
      const attempt = { ...ada, email: newEmail() }
      await limit.spend(attempt)
      await limit.forgive(attempt)
    }
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })

  it('do not block an owner who has signed in from there before', async () => {
    const ada = newAttempt()
    await limit.remember(ada)
    await spend(100, () => ({ ...ada, email: newEmail() }))
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })
})

describe('failed sign-ins for one account from many addresses', () => {
  it('are refused after a hundred, except where the owner has signed in before', async () => {
    const ada = newAttempt()
    await limit.spend(ada)
    await limit.forgive(ada)
    await spend(100, () => ({ ...ada, address: newAddress() }))
    await expect(limit.spend({ ...ada, address: newAddress() })).rejects.toMatchObject(refusal)
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })
})

describe('an attempt past a limit', () => {
  const rows = async () => (await pool.query('select * from rate_limits order by key')).rows

  it('writes nothing and does not move the end of the window', async () => {
    const ada = newAttempt()
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

  it('is allowed again after the window', async () => {
    const ada = newAttempt()
    await spend(10, () => ada)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    vi.useFakeTimers({ now: Date.now() + 15 * 60_000 + 1_000, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })

  it('is allowed again when an earlier attempt had the right password', async () => {
    const ada = newAttempt()
    await spend(10, () => ada)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    await limit.forgive(ada)
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })

  it('writes nothing for sign-ups', async () => {
    const address = newAddress()
    const here = createSignUpLimit(pool, 1)
    await here(address)
    await expect(here(address)).rejects.toMatchObject(refusal)
    const before = await rows()
    for (let n = 0; n < 20; n++) await expect(here(address)).rejects.toMatchObject(refusal)
    expect(await rows()).toEqual(before)
  })
})

describe('accounts created from one address', () => {
  it('are limited by all instances together', async () => {
    const [here, there] = [createSignUpLimit(pool, 3), createSignUpLimit(pool, 3)]
    const address = newAddress()
    await Promise.all([here(address), there(address), here(address)])
    await expect(there(address)).rejects.toMatchObject(refusal)
    await expect(there(newAddress())).resolves.toBeUndefined()
  })

  it('are not limited when the limit is zero', async () => {
    const count = createSignUpLimit(pool, 0)
    const address = newAddress()
    await expect(
      Promise.all(Array.from({ length: 9 }, () => count(address))),
    ).resolves.toBeDefined()
  })
})

describe('the stored counts', () => {
  it('contain no e-mail and no client address', async () => {
    const attempt = { address: '203.0.113.7', email: 'ada@example.com' }
    await limit.spend(attempt)
    await limit.forgive(attempt)
    const { rows } = await pool.query('select * from rate_limits')
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toMatch(/ada@|203\.0/)
  })
})

async function spend(times: number, attemptOf: (n: number) => Attempt): Promise<void> {
  for (let n = 0; n < times; n++) await limit.spend(attemptOf(n))
}
