import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Claims } from './jwt.ts'
import { cacheVerifiedTokens } from './jwt-cache.ts'
import type { KeySet } from './key-set.ts'

afterEach(() => vi.useRealTimers())

const { privateKey, publicKey } = generateKeyPairSync('ed25519')

/** A minimal token: claims and a signature over them. */
function makeToken(lifetimeSeconds = 900): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = JSON.stringify({ sub: randomUUID(), iat, exp: iat + lifetimeSeconds })
  const payload = Buffer.from(claims).toString('base64url')
  return `${payload}.${sign(null, Buffer.from(payload), privateKey).toString('base64url')}`
}

function setUp() {
  let version = 1
  const verifyToken = vi.fn(async (jwt: string): Promise<Claims> => {
    const [payload = '', signature = ''] = jwt.split('.')
    const isGood = verify(
      null,
      Buffer.from(payload),
      publicKey,
      Buffer.from(signature, 'base64url'),
    )
    if (!isGood) throw new Error('The signature is bad.')
    return JSON.parse(Buffer.from(payload, 'base64url').toString())
  })
  const keys = { version: () => version } as KeySet
  const changeKeys = () => {
    version++
  }
  return { verifyToken, changeKeys, ask: cacheVerifiedTokens(verifyToken, keys) }
}

describe('a good token', () => {
  it('is verified once', async () => {
    const { ask, verifyToken } = setUp()
    const token = makeToken()
    const answers = [await ask(token), await ask(token), await ask(token)]
    expect(verifyToken).toHaveBeenCalledTimes(1)
    expect(new Set(answers.map(({ sub }) => sub)).size).toBe(1)
  })

  it('is not confused with another', async () => {
    const { ask } = setUp()
    const [ada, bob] = [await ask(makeToken()), await ask(makeToken())]
    expect(ada.sub).not.toBe(bob.sub)
  })

  it('is verified again once it has expired', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { ask, verifyToken } = setUp()
    const token = makeToken(60)
    await ask(token)
    vi.setSystemTime(Date.now() + 64_000)
    await ask(token)
    expect(verifyToken).toHaveBeenCalledTimes(1)
    vi.setSystemTime(Date.now() + 1_000)
    await ask(token)
    expect(verifyToken).toHaveBeenCalledTimes(2)
  })

  it('is verified again when the keys have changed', async () => {
    const { ask, verifyToken, changeKeys } = setUp()
    const token = makeToken()
    await ask(token)
    changeKeys()
    await ask(token)
    await ask(token)
    expect(verifyToken).toHaveBeenCalledTimes(2)
  })

  it('is verified again when the keys changed during its verification', async () => {
    const { ask, verifyToken, changeKeys } = setUp()
    const token = makeToken()
    const asked = ask(token)
    changeKeys()
    await asked
    await ask(token)
    expect(verifyToken).toHaveBeenCalledTimes(2)
  })
})

describe('a bad token', () => {
  it('is verified and refused each time, also when only its last characters differ from a good one', async () => {
    const { ask, verifyToken } = setUp()
    const token = makeToken()
    await ask(token)
    const forged = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BA' : 'AA'}`
    await expect(ask(forged)).rejects.toThrow()
    await expect(ask(forged)).rejects.toThrow()
    expect(verifyToken).toHaveBeenCalledTimes(3)
  })
})

describe('the cache', () => {
  it('evicts the least recently used token', async () => {
    const { ask, verifyToken } = setUp()
    const first = makeToken()
    await ask(first)
    for (let n = 0; n < 10_000; n++) await ask(makeToken())
    await ask(first)
    expect(verifyToken).toHaveBeenCalledTimes(10_002)
  })
})
