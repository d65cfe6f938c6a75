import { expect } from 'vitest'
import { databaseForTest } from '#db/testing/database.ts'
import { addressHeader } from '../http/origin-headers.ts'
import { createLog } from '../log/log.ts'
import { withVariables } from '../testing/test.ts'
import { authPointsPerMinute, chargeAuthRequest } from './auth-points.ts'
import { createBudget } from './budget.ts'

const log = createLog({ isProduction: true, logLevel: 'silent' })
const it = withVariables({ TRUSTED_PROXIES: '127.0.0.1, ::1' })

const from = (address: string, route: string) =>
  new Request(`http://localhost/api/auth/${route}`, { headers: { [addressHeader]: address } })

it('charges each request to its address and refuses it when the points are spent', async () => {
  const { pool } = await databaseForTest()
  const budget = createBudget({ pool, pointsPerMinute: 46, log })
  const ask = (route: string, address = '192.0.2.1') =>
    chargeAuthRequest(budget, from(address, route))
  expect(await ask('sign-in/email')).toBeUndefined() // 20
  expect(await ask('sign-in/email')).toBeUndefined() // 40
  expect(await ask('connected-app/list')).toBeUndefined() // 45
  const refused = await ask('sign-in/email')
  expect(refused?.status).toBe(429)
  expect(Number(refused?.headers.get('Retry-After'))).toBeGreaterThan(0)
  expect(refused?.headers.get('RateLimit-Remaining')).toBe('1')
  expect(await refused?.json()).toMatchObject({ code: 'RATE_LIMITED' })
  expect(await ask('get-session')).toBeUndefined() // 46
  expect((await ask('get-session'))?.status).toBe(429)
  expect(await ask('sign-in/email', '192.0.2.2')).toBeUndefined()
  await budget.close()
})

it('limits every route under /api/auth, also those that do not exist', {
  timeout: 60_000,
}, async ({ app }) => {
  const headers = { 'X-Forwarded-For': '198.51.100.2' }
  const statuses: number[] = []
  for (let spent = 0; spent <= authPointsPerMinute; spent += 20 * 20) {
    const responses = await Promise.all(
      Array.from({ length: 20 }, () =>
        app.request('/api/auth/verify-password', { method: 'POST', headers }),
      ),
    )
    statuses.push(...responses.map(({ status }) => status))
  }
  expect(statuses.slice(0, 1_000)).not.toContain(429)
  expect(statuses.at(-1)).toBe(429)
  expect((await app.request('/api/auth/no-such-route', { headers })).status).toBe(429)
  expect((await app.request('/api/auth/get-session')).status).toBe(200)
})
