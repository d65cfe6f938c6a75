import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Account, type App, startApp } from '../testing/app.ts'

const maxRunning = 4
const maxWaiting = 100
const completeTask = `mutation ($id: ID!) { completeTask(input: { id: $id }) { task { id } } }`

let app: App
beforeAll(async () => {
  app = await startApp({ variables: { GRAPHQL_POINTS_PER_MINUTE: '1000' } })
})
afterAll(() => app.close())

describe('an account with too many operations under way', () => {
  it('is refused with RATE_LIMITED and Retry-After, and other accounts are not', async () => {
    const [ada, bob] = [await app.signUp('ada'), await app.signUp('bob')]
    const { id, release } = await createLockedTask(ada)
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
  it('costs more points than its cost alone', async () => {
    const eve = await app.signUp('eve')
    const { id, release } = await createLockedTask(eve)
    const slow = eve.query(completeTask, { id })
    await vi.waitUntil(isStatementOld, { timeout: 5_000, interval: 50 })
    await release()
    const left = remaining(await slow)
    const quick = remaining(await eve.query(completeTask, { id }))
    expect(1_000 - left).toBeGreaterThan(2 * (left - quick) + 20)
  })
})

function remaining({ headers }: { headers: Headers }): number {
  return Number(headers.get('RateLimit-Remaining'))
}

/** Whether a statement of the app has waited for a lock for 350 ms. */
async function isStatementOld(): Promise<boolean> {
  const { rows } = await app.pool.query(
    `select 1 from pg_stat_activity where datname = current_database()
     and wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '350 ms'`,
  )
  return rows.length > 0
}

/** A task that cannot be changed until `release`. */
async function createLockedTask(account: Account) {
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
