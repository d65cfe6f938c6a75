import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type App, startApp, startBeside } from '../testing/app.ts'
import { authBeside, keyTimes } from '../testing/auth.ts'
import { statusOf, tokenOf } from '../testing/tokens.ts'
import { replaceLeakedKeys, rotateIfDue, rotateKeys } from './key-rotation.ts'

describe('a rotation under load, with two instances', () => {
  it('refuses no request with an old or a new token', async () => {
    const { app, ada, rotation } = await start()
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    const kids = new Set<string | undefined>()
    const statuses = new Map<number, number>()
    let isOver = false
    const client = async (issuer: App, other: App) => {
      while (!isOver) {
        const token = await tokenOf(issuer, ada)
        kids.add(decodeProtectedHeader(token).kid)
        for (const one of [token, ada.token]) {
          const status = await statusOf(other, one)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
        }
      }
    }
    const clients = [app, beside, app, beside].map((one, n) => client(one, n < 2 ? beside : app))
    const kid = await rotateKeys(rotation)
    await vi.waitFor(() => expect(kids).toContain(kid))
    isOver = true
    await Promise.all(clients)
    expect([...statuses.keys()]).toEqual([200])
    expect([...kids]).toEqual([decodeProtectedHeader(ada.token).kid, kid])
  }, 40_000)

  it('refuses no token when it is late and instances create keys concurrently', async () => {
    const { app, ada } = await start()
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    await statusOf(beside, `${ada.token.slice(0, 10)}.a.b`)
    await app.pool.query(`update jwks set "expiresAt" = now() - interval '1 second'`)
    const outcomes = await Promise.all(
      [app, beside, app, beside, app, beside].map(async (issuer, n) => {
        const token = await tokenOf(issuer, ada)
        return statusOf(n < 3 ? beside : app, token)
      }),
    )
    expect(outcomes).toEqual(Array(6).fill(200))
  })
})

describe('keys that have leaked', () => {
  it('are refused on every instance within seconds, and new tokens are accepted', async () => {
    const { app, ada, rotation } = await start()
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    await replaceLeakedKeys(rotation)
    const isRefused = async (one: App) => (await statusOf(one, ada.token)) === 401
    const instances = [app, beside]
    await Promise.all(
      instances.map((one) => vi.waitUntil(() => isRefused(one), { timeout: 5_000 })),
    )
    for (const one of instances) {
      expect(await statusOf(one, await tokenOf(app, ada))).toBe(200)
    }
  })
})

describe('a key', () => {
  it('is replaced by one instance when it is about to expire', async () => {
    const { app, rotation: usual } = await start()
    const rotation = { ...usual, leadMs: 100 }
    expect(await rotateIfDue(rotation)).toBeUndefined()
    await app.pool.query(`update jwks set "expiresAt" = now() + interval '10 minutes'`)
    const made = await Promise.all([rotateIfDue(rotation), rotateIfDue(rotation)])
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(await rotateIfDue(rotation)).toBeUndefined()
  })

  it('is stored encrypted, expires after the configured time and is deleted after the grace period', async () => {
    const { app, ada, rotation } = await start()
    const old = `"expiresAt" = now() - interval '25 hours', "createdAt" = now() - interval '91 days'`
    const { rows: before } = await app.pool.query(`update jwks set ${old} returning id`)
    const id = await rotateKeys({ ...rotation, leadMs: 0 })
    const { rows } = await app.pool.query(
      'select id, "privateKey", "expiresAt" - "createdAt" as life from jwks',
    )
    expect(rows).toEqual([
      { id, privateKey: expect.not.stringContaining('kty'), life: expect.anything() },
    ])
    expect(rows[0].life.days).toBeGreaterThanOrEqual(89)
    expect(before).not.toContainEqual({ id })
    expect(decodeJwt(await tokenOf(app, ada)).sub).toBe(ada.id)
  })
})

async function start() {
  const app = await startApp()
  const { auth, pool, close } = authBeside(app)
  onTestFinished(async () => {
    await close()
    await app.close()
  })
  return { app, ada: await app.signUp('Ada'), rotation: { auth, pool, times: keyTimes } }
}
