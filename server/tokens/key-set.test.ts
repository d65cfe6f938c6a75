import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { setUptime } from '../testing/clock.ts'
import { createGate } from '../testing/gate.ts'
import { createVerifyToken } from './jwt.ts'
import { createKeySet } from './key-set.ts'

const baseUrl = 'https://tasks.example.com'

describe('the key set', () => {
  it('is loaded once for 50 tokens', async () => {
    const key = await makeKey()
    const { load, verify } = keySet(async () => ({ keys: [key.jwk] }))
    for (let n = 0; n < 50; n++) await verify(await key.sign())
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('is loaded at most five more times for 2,000 tokens with unknown kids in a second', async () => {
    const [known, unknown] = await Promise.all([makeKey(), makeKey()])
    const { load, verify } = keySet(async () => ({ keys: [known.jwk] }))
    await verify(await known.sign())
    setUptime(performance.now() + 2_000)
    const forged = await Promise.all(Array.from({ length: 100 }, () => unknown.sign()))
    for (let round = 0; round < 20; round++) {
      const outcomes = await Promise.allSettled(forged.map(verify))
      expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    }
    expect(load).toHaveBeenCalledTimes(1 + 5)
  })

  it('finds keys that are added one after another during loads', async () => {
    const all = await Promise.all([makeKey(), makeKey(), makeKey(), makeKey()])
    const keys: JSONWebKeySet['keys'] = []
    const gates: ReturnType<typeof createGate>[] = []
    const { load, verify } = keySet(async () => {
      const found = [...keys] // a key that is added during the query is not in the result
      const gate = createGate()
      gates.push(gate)
      await gate.opened
      return { keys: found }
    })
    const outcomes = []
    for (const [n, { jwk, sign }] of all.entries()) {
      keys.push(jwk)
      outcomes.push(verify(await sign()))
      await turn() // it waits for the load that is under way
      gates[n - 1]?.open()
      await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(n + 1))
    }
    gates.at(-1)?.open()
    expect(await Promise.all(outcomes)).toHaveLength(4)
  })

  it('verifies good tokens beside tokens with unknown kids', async () => {
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

  it('finds a new key and keeps the old one', async () => {
    const [old, young] = await Promise.all([makeKey(), makeKey()])
    const keys = [old.jwk]
    const { verify } = keySet(async () => ({ keys: [...keys] }))
    await verify(await old.sign())
    keys.push(young.jwk)
    setUptime(performance.now() + 2_000)
    expect(await verify(await young.sign())).toMatchObject({ sub: 'ada' })
    expect(await verify(await old.sign())).toMatchObject({ sub: 'ada' })
  })

  it('drops a removed key at the next load', async () => {
    const [leaked, other] = await Promise.all([makeKey(), makeKey()])
    let keys = [leaked.jwk]
    const { verify } = keySet(async () => ({ keys }))
    await verify(await leaked.sign())
    keys = [other.jwk]
    setUptime(performance.now() + 2_000)
    await verify(await other.sign())
    await expect(verify(await leaked.sign())).rejects.toMatchObject(refusal('UNAUTHENTICATED'))
  })

  it.each(['ES256', 'RS256', 'PS256'])(
    'verifies only EdDSA, also when it has a key for %s',
    async (alg) => {
      const [ours, foreign] = await Promise.all([makeKey(), makeKey(alg)])
      const { verify } = keySet(async () => ({ keys: [ours.jwk, foreign.jwk] }))
      await expect(verify(await foreign.sign())).rejects.toMatchObject(refusal('UNAUTHENTICATED'))
      expect(await verify(await ours.sign())).toMatchObject({ sub: 'ada' })
    },
  )

  it.each<[string, () => Promise<JSONWebKeySet>]>([
    ['cannot be loaded', () => Promise.reject(new Error('The database is unavailable.'))],
    ['is empty', async () => ({ keys: [] })],
  ])('refuses every token with KEYS_UNAVAILABLE when it %s', async (_fault, load) => {
    const { verify } = keySet(load)
    const token = await (await makeKey()).sign()
    await expect(verify(token)).rejects.toMatchObject(refusal('KEYS_UNAVAILABLE'))
  })

  it('refuses an unknown kid with KEYS_UNAVAILABLE while it cannot be loaded', async () => {
    const [known, unknown] = await Promise.all([makeKey(), makeKey()])
    let isUnavailable = false
    const { verify } = keySet(async () => {
      if (isUnavailable) throw new Error('The database is unavailable.')
      return { keys: [known.jwk] }
    })
    await verify(await known.sign())
    isUnavailable = true
    setUptime(performance.now() + 2_000)
    for (const token of [await unknown.sign(), await unknown.sign()]) {
      await expect(verify(token)).rejects.toMatchObject(refusal('KEYS_UNAVAILABLE'))
    }
    expect(await verify(await known.sign())).toMatchObject({ sub: 'ada' })
  })

  it('is loaded again after a failed load', async () => {
    const key = await makeKey()
    let isUnavailable = true
    const { verify } = keySet(async () => {
      if (isUnavailable) throw new Error('The database is unavailable.')
      return { keys: [key.jwk] }
    })
    await expect(verify(await key.sign())).rejects.toThrow()
    isUnavailable = false
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

function refusal(code: string) {
  return { extensions: { code } }
}
