import { describe, expect, onTestFinished } from 'vitest'
import { startBeside } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'
import { withLog } from '../testing/test.ts'

const { log, lines } = recordLog('error')
const it = withLog(log)

describe('an instance', () => {
  it('does not start with another secret than that of the keys', async ({ app }) => {
    const start = startBeside({ ...app, secret: 'another secret, of 32 characters at least' })
    await expect(start).rejects.toThrow(/BETTER_AUTH_SECRET.*npm run keys:rotate -- --leaked$/)
  })

  it('is ready', async ({ app }) => {
    const response = await app.request('/health/ready')
    expect([response.status, await response.text()]).toEqual([200, 'ready\n'])
  })

  it('is not ready while no row can be read, and only its log says how to mend it', async ({
    app,
  }) => {
    await app.pool.query('revoke select on tasks from taskward_app')
    const statuses: number[] = []
    for (let n = 0; n < 3; n++) statuses.push((await app.request('/health/ready')).status)
    const response = await app.request('/health/ready')
    expect([...statuses, response.status]).toEqual([503, 503, 503, 503])
    expect(await response.text()).not.toMatch(/taskward_app|tasks/)
    const reasons = lines().map(({ reason }) => reason)
    expect(reasons).toEqual([
      expect.stringContaining('GRANT SELECT, INSERT, UPDATE ON tasks TO taskward_app;'),
    ])
    await app.pool.query('grant select on tasks to taskward_app')
    expect((await app.request('/health/ready')).status).toBe(200)
  })

  it('is not ready while the signing key is encrypted with another secret', async ({ app }) => {
    const { rows } = await app.pool.query('select "privateKey" from jwks')
    onTestFinished(async () => {
      await app.pool.query('update jwks set "privateKey" = $1', [rows[0].privateKey])
    })
    await app.pool.query('update jwks set "privateKey" = $1', ['"0123456789abcdef"'])
    const response = await app.request('/health/ready')
    expect(response.status).toBe(503)
    expect(await response.text()).not.toMatch(/secret|key/i)
    expect(lines().at(-1)?.reason).toContain('BETTER_AUTH_SECRET')
  })
})
