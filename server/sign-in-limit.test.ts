import { beforeEach, describe, expect, it } from 'vitest'
import { type Attempt, createSignInLimit } from './sign-in-limit.ts'

let limit: ReturnType<typeof createSignInLimit>
beforeEach(() => {
  limit = createSignInLimit()
})

const ada: Attempt = { address: '192.0.2.1', email: 'ada@example.com' }
const refusal = { status: 'TOO_MANY_REQUESTS', body: { code: 'RATE_LIMITED' } }

describe('guesses at one account from one address', () => {
  it('are refused after ten, with the seconds after which to come back', async () => {
    await spend(10, () => ada)
    const refused = await limit.spend(ada).catch((error) => error)
    expect(refused).toMatchObject(refusal)
    expect(Number(refused.headers['Retry-After'])).toBeGreaterThan(890)
    expect(Number(refused.headers['Retry-After'])).toBeLessThanOrEqual(900)
  })

  it('are counted before their outcome is known', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => limit.spend(ada)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  it('are forgotten with the right password', async () => {
    await spend(9, () => ada)
    await limit.spend(ada)
    await limit.forgive(ada)
    await spend(10, () => ada)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
  })

  it('keep nobody out of that account elsewhere', async () => {
    await spend(10, () => ada)
    await expect(limit.spend({ ...ada, address: '192.0.2.2' })).resolves.toBeUndefined()
  })

  it('keep nobody there out of another account', async () => {
    await spend(10, () => ada)
    await expect(limit.spend({ ...ada, email: 'bob@example.com' })).resolves.toBeUndefined()
  })
})

describe('guesses at many accounts from one address', () => {
  const anybody = (n: number) => ({ ...ada, email: `${n}@example.com` })

  it('are refused after a hundred', async () => {
    await spend(100, anybody)
    await expect(limit.spend(ada)).rejects.toMatchObject(refusal)
    await expect(limit.spend({ ...ada, address: '192.0.2.2' })).resolves.toBeUndefined()
  })

  it('are not counted where the password was right', async () => {
    for (let n = 0; n < 150; n++) {
      await limit.spend(anybody(n))
      await limit.forgive(anybody(n))
    }
    await expect(limit.spend(ada)).resolves.toBeUndefined()
  })
})

async function spend(times: number, attemptOf: (n: number) => Attempt): Promise<void> {
  for (let n = 0; n < times; n++) await limit.spend(attemptOf(n))
}
