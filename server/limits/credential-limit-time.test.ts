import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { internalError, invalidToken } from '#schema/errors.ts'
import { createCredentialLimit, maxBadPoints } from './credential-limit.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const fail = (error: Error) => () => Promise.reject(error)

describe('the limit for bad credentials', () => {
  it('ends a minute after the first bad credential', async () => {
    const meter = createCredentialLimit()('192.0.2.1')
    for (let n = 0; n < maxBadPoints; n++) await meter(1, fail(invalidToken())).catch(() => {})
    const refused = await meter(1, async () => 'good').catch((error) => error)
    expect(refused.extensions.code).toBe('RATE_LIMITED')
    expect(refused.extensions.http.headers).toEqual({ 'Retry-After': '60' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await meter(1, async () => 'good')).toBe('good')
  })

  it('does not count failures of the server', async () => {
    const meter = createCredentialLimit()('192.0.2.1')
    for (let n = 0; n <= maxBadPoints; n++) await meter(1, fail(internalError('1'))).catch(() => {})
    expect(await meter(1, async () => 'good')).toBe('good')
  })

  it('counts the whole /64 of an IPv6 address together', async () => {
    const meterFor = createCredentialLimit()
    for (let n = 0; n < maxBadPoints; n++) {
      await meterFor(`2001:db8::${n}`)(1, fail(invalidToken())).catch(() => {})
    }
    await expect(meterFor('2001:db8::ffff')(1, async () => 'good')).rejects.toMatchObject({
      extensions: { code: 'RATE_LIMITED' },
    })
    expect(await meterFor('2001:db8:0:1::1')(1, async () => 'good')).toBe('good')
  })
})
