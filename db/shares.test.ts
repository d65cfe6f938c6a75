import { describe, expect, it } from 'vitest'
import { transactionAs } from './as-owner.ts'
import { isDatabaseBusy } from './availability.ts'
import { type Db, metered } from './client.ts'
import { isOwnerBusy } from './shares.ts'
import { databaseForTest } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { newOwner } from './testing/tasks.ts'

const share = 2
const maxWaiting = 300

describe('the statements of one owner', () => {
  it.each<[string, (db: Db, ownerId: string) => Promise<unknown>]>([
    ['single statements', (db, ownerId) => runTextAs(db, ownerId, nap)],
    ['transactions', (db, ownerId) => transactionAs(db, ownerId, async (tx) => tx.execute(nap))],
  ])('hold no more connections than its limit: %s', async (_what, run) => {
    const { db, pool } = await databaseForTest()
    const ada = newOwner('ada')
    let isDone = false
    const flood = Promise.all(Array.from({ length: 20 }, () => run(db, ada)))
    void flood.finally(() => {
      isDone = true
    })
    let maxNaps = 0
    while (!isDone) {
      const { rows } = await pool.query(
        `select count(*)::int as naps from pg_stat_activity
         where datname = current_database() and state = 'active' and query like '%pg_sleep%'
         and pid <> pg_backend_pid()`,
      )
      maxNaps = Math.max(maxNaps, rows[0].naps)
    }
    await flood
    expect(maxNaps).toBe(share)
  })

  it('do not delay the statements of another owner', async () => {
    const { db } = await databaseForTest()
    const ada = newOwner('ada')
    let answered = 0
    const flood = Array.from({ length: maxWaiting }, () =>
      runTextAs(db, ada, nap).then(() => answered++),
    )
    await runTextAs(db, newOwner('bob'), 'select 1')
    expect(answered).toBeLessThan(10 * share)
    await Promise.all(flood)
  })

  it('are refused when too many wait, and those of other owners are not', async () => {
    const { db } = await databaseForTest()
    const ada = newOwner('ada')
    const ask = (ownerId: string) => runTextAs(db, ownerId, 'select 1')
    const taken = Array.from({ length: share + maxWaiting }, () => ask(ada))
    await expect(ask(ada)).rejects.toSatisfy(isOwnerBusy)
    await expect(transactionAs(db, ada, async () => {})).rejects.toSatisfy(isOwnerBusy)
    await expect(ask(newOwner('bob'))).resolves.toBeDefined()
    await Promise.all(taken)
    await expect(ask(ada)).resolves.toBeDefined()
  })

  it('of many owners are refused as a busy database', async () => {
    const { db } = await databaseForTest()
    const flood = Array.from({ length: 5 }, (_, n) =>
      Array.from({ length: share + maxWaiting }, () =>
        runTextAs(db, `owner ${n}`, 'select 1').catch((error) => error),
      ),
    )
    const failures = (await Promise.all(flood.flat())).filter((one) => one instanceof Error)
    expect(failures.length).toBeGreaterThan(0)
    expect(failures.every(isDatabaseBusy)).toBe(true)
  })
})

describe('a metered database', () => {
  it('adds the time that connections were held, without the time that statements waited', async () => {
    const { db } = await databaseForTest()
    const ada = newOwner('ada')
    const usage = { connectionMs: 0 }
    const before = performance.now()
    const naps = Array.from({ length: 10 }, () => runTextAs(metered(db, usage), ada, nap))
    await Promise.all(naps)
    expect(usage.connectionMs).toBeGreaterThanOrEqual(10 * napMs * 0.9)
    expect(usage.connectionMs).toBeLessThan(share * (performance.now() - before) + 1)
  })
})

const napMs = 10

const nap = `select pg_sleep(${napMs / 1000})`
