import { describe, expect, it } from 'vitest'
import { createTestClient } from '../testing/client.ts'
import { startServer } from '../testing/server.ts'
import { apiError, minute, task } from '../testing/task-api.ts'
import { taskCache } from './cache.ts'
import { updateTask } from './task-updates.ts'
import { editsOf, type TaskVersion } from './task-values.ts'

const seen = task(1) as TaskVersion

function open() {
  const server = startServer({ tasks: [task(1)] })
  const client = createTestClient(server, [taskCache()])
  const updates = () => server.sent('/graphql').filter((one) => one.operationName === 'UpdateTask')
  return {
    api: server.api,
    update: (changes: Partial<TaskVersion>) => updateTask(client, seen, editsOf(seen, changes)),
    /** The inputs that were sent, in order. */
    inputs: () => updates().map(({ variables }) => variables.input),
    stored: () => server.api.find('task-1'),
  }
}

describe('an update', () => {
  it('is sent with the version that the person saw', async () => {
    const { update, inputs } = open()
    expect(await update({ title: 'Buy milk' })).toBeUndefined()
    expect(inputs()).toEqual([{ id: 'task-1', title: 'Buy milk', ifUpdatedAt: minute(1) }])
  })

  it('keeps what another client changed in other fields', async () => {
    const { api, update, stored } = open()
    api.store([task(1, { priority: 'HIGH', updatedAt: minute(50) })])
    expect(await update({ title: 'Buy milk' })).toBeUndefined()
    expect(stored()).toMatchObject({ title: 'Buy milk', priority: 'HIGH' })
  })

  it('is refused for a field that another client changed as well, and only for that', async () => {
    const { api, update, stored } = open()
    api.store([task(1, { title: 'Theirs', updatedAt: minute(50) })])
    const refusal = await update({ title: 'Mine', priority: 'LOW' })
    expect(refusal).toMatchObject({ code: 'CONFLICT', field: 'title' })
    expect(stored()).toMatchObject({ title: 'Theirs', priority: 'LOW' })
  })

  it('says that the task was deleted elsewhere', async () => {
    const { api, update } = open()
    api.store([task(1, { deletedAt: minute(50) })])
    expect(await update({ title: 'Mine' })).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('quick updates of one page', () => {
  it('are sent one after another, each with the version that the one before made', async () => {
    const { update, inputs, stored } = open()
    const refusals = [
      update({ title: 'Buy milk' }),
      update({ priority: 'HIGH' }),
      update({ dueOn: '2026-11-30' }),
    ]
    expect(await Promise.all(refusals)).toEqual([undefined, undefined, undefined])
    expect(stored()).toMatchObject({ title: 'Buy milk', priority: 'HIGH', dueOn: '2026-11-30' })
    expect(inputs().map(({ ifUpdatedAt }) => ifUpdatedAt)).toEqual([
      minute(1),
      minute(101),
      minute(102),
    ])
  })

  it('do not stop after one that is refused', async () => {
    const { api, update, stored } = open()
    api.refuse(apiError('BAD_USER_INPUT', 'title must be shorter.', 'title'))
    const first = update({ title: 'Buy milk' })
    expect(await first).toMatchObject({ code: 'BAD_USER_INPUT' })
    api.refuse(undefined)
    expect(await update({ priority: 'HIGH' })).toBeUndefined()
    expect(stored()).toMatchObject({ title: 'Task 1', priority: 'HIGH' })
  })
})
