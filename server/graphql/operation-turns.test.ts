import { parse } from 'graphql'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { costOf } from '#schema/cost.ts'
import type { Account, App } from '../testing/app.ts'
import { withVariables } from '../testing/test.ts'

const it = withVariables({ GRAPHQL_POINTS_PER_MINUTE: '1000' })

const maxRunning = 4
const maxWaiting = 100
const completeTask = `mutation ($id: ID!) { completeTask(input: { id: $id }) { task { id } } }`

describe('an account with too many operations under way', () => {
  it('is refused with RATE_LIMITED and Retry-After, and other accounts are not', async ({
    app,
  }) => {
    const [ada, bob] = [await app.signUp('ada'), await app.signUp('bob')]
    const { id, release } = await createLockedTask(app, ada)
    const flood = Array.from({ length: maxRunning + maxWaiting + 1 }, () =>
      ada.query(completeTask, { id }),
    )
    const refused = await Promise.race(flood)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('Retry-After')).toBe('5')
    expect(refused.body.errors?.[0]?.extensions.code).toBe('RATE_LIMITED')
    expect((await bob.query('{ tasks { totalCount } }')).status).toBe(200)
    await release()
    const statuses = (await Promise.all(flood)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(maxRunning + maxWaiting)
  })
})

describe('an operation that uses much of the database', () => {
  it('costs more points than its cost alone', async ({ app }) => {
    const eve = await app.signUp('eve')
    const { id, release } = await createLockedTask(app, eve)
    const before = remaining(await eve.query('{ viewer { id } }'))
    const slow = eve.query(completeTask, { id })
    await vi.waitUntil(() => isStatementOld(app), { timeout: 5_000, interval: 50 })
    await release()
    const points = before - remaining(await slow)
    const cost = costOf({ document: parse(completeTask), variables: { id } }) ?? Number.NaN
    // The first 100 ms are free; then 10 ms cost a point.
    expect(points).toBeGreaterThanOrEqual(Math.ceil(cost / 100) + (350 - 100) / 10)
  })
})

function remaining({ headers }: { headers: Headers }): number {
  return Number(headers.get('RateLimit-Remaining'))
}

/** Whether a statement of the app has waited for a lock for 350 ms. */
async function isStatementOld(app: App): Promise<boolean> {
  const { rows } = await app.pool.query(
    `select 1 from pg_stat_activity where datname = current_database()
     and wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '350 ms'`,
  )
  return rows.length > 0
}

/** A task that cannot be changed until `release`. */
async function createLockedTask(app: App, account: Account) {
  const id = await account.createTask()
  const client = await app.pool.connect()
  await client.query('begin')
  await client.query('select 1 from tasks where user_id = $1 for update', [account.id])
  let isHeld = true
  const release = async () => {
    if (!isHeld) return
    isHeld = false
    await client.query('rollback')
    client.release()
  }
  onTestFinished(release)
  return { id, release }
}
