import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { connect } from '#db/client.ts'
import { createLog } from '../log/log.ts'
import { type Account, type App, startApp, startBeside } from '../testing/app.ts'
import { createAuth } from './auth.ts'
import { replaceLeakedKeys, rotateIfDue, rotateKeys } from './key-rotation.ts'

const log = createLog({ isProduction: true, logLevel: 'silent' })
const times = { keyRotationDays: 90, keyGraceHours: 24 }
const document = '{ viewer { id } }'

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
        const token = await newToken(issuer, ada)
        kids.add(decodeProtectedHeader(token).kid)
        for (const one of [token, ada.token]) {
          const { status } = await other.query(document, {}, one)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
        }
      }
    }
    const clients = [app, beside, app, beside].map((one, n) => client(one, n < 2 ? beside : app))
    const kid = await rotateKeys(rotation)
    await sleep(300)
    isOver = true
    await Promise.all(clients)
    expect([...statuses.keys()]).toEqual([200])
    expect([...kids]).toEqual([decodeProtectedHeader(ada.token).kid, kid])
  }, 40_000)

  it('refuses no token when it is late and instances create keys concurrently', async () => {
    const { app, ada } = await start()
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    await beside.query(document, {}, `${ada.token.slice(0, 10)}.a.b`)
    await app.pool.query(`update jwks set "expiresAt" = now() - interval '1 second'`)
    const outcomes = await Promise.all(
      [app, beside, app, beside, app, beside].map(async (issuer, n) => {
        const token = await newToken(issuer, ada)
        return (await (n < 3 ? beside : app).query(document, {}, token)).status
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
    const since = performance.now()
    for (const one of [app, beside]) {
      await vi.waitUntil(async () => (await one.query(document, {}, ada.token)).status === 401, {
        timeout: 5_000,
      })
      expect((await one.query(document, {}, await newToken(app, ada))).status).toBe(200)
    }
    expect(performance.now() - since).toBeLessThan(5_000)
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
    expect(decodeJwt(await newToken(app, ada)).sub).toBe(ada.id)
  })
})

async function start() {
  const app = await startApp()
  const { db, pool, close } = connect(app.databaseUrl, log)
  onTestFinished(async () => {
    await close()
    await app.close()
  })
  const { secret, url: baseUrl } = app
  const limits = { trustedOrigins: [], signUpsPerHour: 0 }
  const auth = createAuth({ db, pool, secret, baseUrl, log, ...limits, ...times })
  return { app, ada: await app.signUp('Ada'), rotation: { auth, pool, times } }
}

async function newToken(issuer: App, { cookie }: Account): Promise<string> {
  const response = await issuer.request('/api/auth/token', { headers: { cookie } })
  const { token } = (await response.json()) as { token: string }
  return token
}
