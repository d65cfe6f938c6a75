import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createVerifyToken } from './jwt.ts'
import { createKeySet } from './key-set.ts'

const baseUrl = 'https://tasks.example.com'

describe('the key set', () => {
  it('is loaded once for any number of tokens', async () => {
    const key = await makeKey()
    const { load, verify } = keySet(async () => ({ keys: [key.jwk] }))
    for (let n = 0; n < 50; n++) await verify(await key.sign())
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('is loaded a few times and no more, however many unknown kids arrive within a second', async () => {
    const [known, unknown] = await Promise.all([makeKey(), makeKey()])
    const { load, verify } = keySet(async () => ({ keys: [known.jwk] }))
    await verify(await known.sign())
    await afterAWhile(async () => {
      const forged = await Promise.all(Array.from({ length: 100 }, () => unknown.sign()))
      for (let round = 0; round < 20; round++) {
        const outcomes = await Promise.allSettled(forged.map(verify))
        expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
      }
    })
    expect(load).toHaveBeenCalledTimes(1 + 5)
  })

  it('takes up keys that are added one after another, as at a rotation under load', async () => {
    const all = await Promise.all([makeKey(), makeKey(), makeKey(), makeKey()])
    const keys: (typeof all)[number]['jwk'][] = []
    const { verify } = keySet(async () => {
      const found = [...keys]
      await sleep(20) // a database takes its time: what is added meanwhile is not in the answer
      return { keys: found }
    })
    const outcomes = all.map(async ({ jwk, sign }, n) => {
      await sleep(10 * n)
      keys.push(jwk)
      return verify(await sign())
    })
    expect(await Promise.all(outcomes)).toHaveLength(4)
  })

  it('verifies good tokens while it is asked for unknown kids', async () => {
    const [known, unknown] = await Promise.all([makeKey(), makeKey()])
    const { verify } = keySet(async () => ({ keys: [known.jwk] }))
    const [good, bad] = await Promise.all([known.sign(), unknown.sign()])
    const outcomes = await Promise.allSettled([bad, good, bad, good].map(verify))
    expect(outcomes.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
  })

  it('takes up a key that was added, and keeps those that are still there', async () => {
    const [old, young] = await Promise.all([makeKey(), makeKey()])
    const keys = [old.jwk]
    const { verify } = keySet(async () => ({ keys: [...keys] }))
    await verify(await old.sign())
    keys.push(young.jwk)
    await afterAWhile(async () => {
      expect(await verify(await young.sign())).toMatchObject({ sub: 'ada' })
      expect(await verify(await old.sign())).toMatchObject({ sub: 'ada' })
    })
  })

  it('drops a key that was taken away, at the next load', async () => {
    const [leaked, other] = await Promise.all([makeKey(), makeKey()])
    let keys = [leaked.jwk]
    const { verify } = keySet(async () => ({ keys }))
    await verify(await leaked.sign())
    keys = [other.jwk]
    await afterAWhile(async () => {
      await verify(await other.sign())
      await expect(verify(await leaked.sign())).rejects.toMatchObject(refusal('UNAUTHENTICATED'))
    })
  })

  it.each(['ES256', 'RS256', 'PS256'])(
    'is good for EdDSA only: not with a key for %s in it',
    async (alg) => {
      const [ours, foreign] = await Promise.all([makeKey(), makeKey(alg)])
      const { verify } = keySet(async () => ({ keys: [ours.jwk, foreign.jwk] }))
      await expect(verify(await foreign.sign())).rejects.toMatchObject(refusal('UNAUTHENTICATED'))
      expect(await verify(await ours.sign())).toMatchObject({ sub: 'ada' })
    },
  )

  it.each<[string, () => Promise<JSONWebKeySet>]>([
    ['cannot be loaded', () => Promise.reject(new Error('The database is away.'))],
    ['is empty', async () => ({ keys: [] })],
  ])('lets nobody through when it %s', async (_fault, load) => {
    const { verify } = keySet(load)
    const token = await (await makeKey()).sign()
    await expect(verify(token)).rejects.toMatchObject(refusal('KEYS_UNAVAILABLE'))
  })

  it('says of an unknown kid that it could not look it up, as long as it cannot', async () => {
    const [known, unknown] = await Promise.all([makeKey(), makeKey()])
    let isAway = false
    const { verify } = keySet(async () => {
      if (isAway) throw new Error('The database is away.')
      return { keys: [known.jwk] }
    })
    await verify(await known.sign())
    isAway = true
    await afterAWhile(async () => {
      for (const token of [await unknown.sign(), await unknown.sign()]) {
        await expect(verify(token)).rejects.toMatchObject(refusal('KEYS_UNAVAILABLE'))
      }
      expect(await verify(await known.sign())).toMatchObject({ sub: 'ada' })
    })
  })

  it('is asked for again after it could not be loaded', async () => {
    const key = await makeKey()
    let isAway = true
    const { verify } = keySet(async () => {
      if (isAway) throw new Error('The database is away.')
      return { keys: [key.jwk] }
    })
    await expect(verify(await key.sign())).rejects.toThrow()
    isAway = false
    expect(await verify(await key.sign())).toMatchObject({ sub: 'ada' })
  })
})

function keySet(loadKeys: () => Promise<JSONWebKeySet>) {
  const load = vi.fn(loadKeys)
  return { load, verify: createVerifyToken({ keys: createKeySet(load), baseUrl }) }
}

async function makeKey(alg = 'EdDSA') {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const kid = randomUUID()
  const sign = () =>
    new SignJWT()
      .setProtectedHeader({ alg, kid })
      .setSubject('ada')
      .setIssuer(baseUrl)
      .setAudience(baseUrl)
      .setIssuedAt()
      .setExpirationTime('15m')
      .sign(privateKey)
  return { jwk: { ...(await exportJWK(publicKey)), alg, kid }, sign }
}

/** The clock two seconds ahead, and then still: all that happens in one moment. */
async function afterAWhile(work: () => Promise<void>): Promise<void> {
  const later = performance.now() + 2_000
  const clock = vi.spyOn(performance, 'now').mockReturnValue(later)
  try {
    await work()
  } finally {
    clock.mockRestore()
  }
}

function refusal(code: string) {
  return { extensions: { code } }
}
