import { describe, expect, onTestFinished, vi } from 'vitest'
import { connect } from '#db/client.ts'
import { type App, startBeside } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'
import { it } from '../testing/test.ts'
import { startListPreparation } from './list-preparation.ts'

/** As before task_counts existed. */
const forgetCounts = (app: App) => app.pool.query('delete from task_counts')

const countsOf = async (app: App, id: string) =>
  (await app.pool.query('select counts from task_counts where user_id = $1', [id])).rows

describe('the preparation of lists', () => {
  it('counts the tasks of every owner at the start, and logs the number of owners', async ({
    app,
    ada,
    bob,
  }) => {
    await ada.createTask({ title: 'One' })
    await forgetCounts(app)
    const { log, lines } = recordLog()
    const { close, ...databases } = connect(app.databaseUrl, log)
    onTestFinished(close)
    const stop = startListPreparation({ ...databases, log })
    await vi.waitFor(() => expect(lines()).toMatchObject([{ msg: 'Lists were prepared' }]))
    await stop()
    expect(await countsOf(app, ada.id)).toEqual([{ counts: [0, 1, 0, 0, 0, 0] }])
    expect(await countsOf(app, bob.id)).toEqual([{ counts: [0, 0, 0, 0, 0, 0] }])
  })

  it('stops after the current owner', async ({ app, ada }) => {
    await ada.createTask({ title: 'One' })
    await forgetCounts(app)
    const { log } = recordLog()
    const { close, ...databases } = connect(app.databaseUrl, log)
    onTestFinished(close)
    await startListPreparation({ ...databases, log })()
    expect(await countsOf(app, ada.id)).toEqual([])
  })

  it('runs in a started server', async ({ app, ada }) => {
    await ada.createTask({ title: 'One' })
    await forgetCounts(app)
    const beside = await startBeside(app)
    onTestFinished(beside.close)
    await vi.waitFor(async () => expect(await countsOf(app, ada.id)).toHaveLength(1), 10_000)
  })
})
