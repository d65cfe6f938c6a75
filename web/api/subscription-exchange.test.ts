import type { Client } from 'urql'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { createOwnChanges } from '../tasks/own-changes.ts'
import { ada, startServer } from '../testing/server.ts'
import { settle } from '../testing/settle.ts'
import { type ApiTask, minute, task } from '../testing/task-api.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())
const leave: (() => void)[] = []
afterEach(() => {
  for (const stop of leave.splice(0)) stop()
  vi.restoreAllMocks()
})

const fields =
  'id title description completed completedAt dueOn priority labels createdAt updatedAt'
const Open = `query Open {
  tasks(first: 9, filter: { completed: false }) { nodes { ${fields} } pageInfo { hasNextPage endCursor } }
}`
const Left = 'query Left { tasks(first: 1, filter: { completed: false }) { totalCount } }'
const Create = `mutation Create($input: CreateTaskInput!) {
  createTask(input: $input) { task { ${fields} } }
}`

const Delete = `mutation Delete($input: DeleteTaskInput!) {
  deleteTask(input: $input) { deletedTaskId }
}`

const Restore = `mutation Restore($input: RestoreTaskInput!) {
  restoreTask(input: $input) { task { ${fields} } }
}`

/** A subscribed page with the real client. */
async function openPage(tasks: ApiTask[] = []) {
  const server = startServer({ account: ada, tasks })
  const { api, streams } = server
  const auth = await import('../session/session.ts')
  const { createApiClient } = await import('./client.ts')
  const { subscribeToTasks } = await import('../tasks/task-changed.ts')
  await auth.restoreSession()
  const client = createApiClient(ada.id, {
    cache: taskCache(),
    ownChanges: createOwnChanges(),
  })
  leave.push(subscribeToTasks(client))
  await vi.waitFor(() => expect(streams.opened).toHaveLength(1))
  return { server, api, auth, streams, client, ...watch(client) }
}

function watch(client: Client) {
  let titles: string[] | undefined
  let left: number | undefined
  return {
    titles: () => titles,
    left: () => left,
    show() {
      const open = client.query(Open, {}).subscribe(({ data }) => {
        titles = data?.tasks.nodes.map(({ title }: ApiTask) => title)
      })
      const count = client.query(Left, {}).subscribe(({ data }) => {
        left = data?.tasks.totalCount
      })
      leave.push(open.unsubscribe, count.unsubscribe)
      return vi.waitFor(() => expect(left).toBeDefined())
    },
    create: (title: string) => client.mutation(Create, { input: { title } }).toPromise(),
    remove: (id: string) => client.mutation(Delete, { input: { id } }).toPromise(),
  }
}

function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

const yesterdays = task(1, { createdAt: minute(-1440) })

describe('a change by another client', () => {
  it('is shown: a new task in its list, and counted', async () => {
    const { streams, show, titles, left } = await openPage([task(1)])
    await show()
    streams.current().emit('CREATED', task(2))
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2', 'Task 1']))
    expect(left()).toBe(2)
  })

  it('is shown: a task that no longer belongs to a list leaves it', async () => {
    const { streams, show, titles, left } = await openPage([task(1), task(2)])
    await show()
    streams.current().emit('UPDATED', task(2, { completed: true, completedAt: minute(9) }))
    await vi.waitFor(() => expect(titles()).toEqual(['Task 1']))
    expect(left()).toBe(1)
  })

  it('is shown: a new title where the task stands', async () => {
    const { streams, show, titles, left } = await openPage([task(1), task(2)])
    await show()
    streams.current().emit('UPDATED', task(1, { title: 'Another' }))
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2', 'Another']))
    expect(left()).toBe(2)
  })

  it('is shown: a deleted task is gone, and not counted', async () => {
    const { api, streams, show, titles, left } = await openPage([task(1), task(2)])
    await show()
    api.store([task(2)])
    streams.current().emit('DELETED', task(1))
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2']))
    await vi.waitFor(() => expect(left()).toBe(1))
  })

  it('to a task that the page does not know causes a refetch', async () => {
    const { api, streams, show, left } = await openPage([task(1)])
    await show()
    api.store([task(1), task(2)])
    streams.current().emit('UPDATED', task(2))
    await vi.waitFor(() => expect(left()).toBe(2))
  })

  it('causes a refetch of a query in flight', async () => {
    const { api, client, streams, show, left } = await openPage([task(1)])
    await show()
    api.hold('Left')
    const asked = client.query(Left, {}, { requestPolicy: 'network-only' }).toPromise()
    await vi.waitFor(() => expect(api.operations()).toEqual(['Open', 'Left', 'Left']))
    await settle()
    api.store([task(1), task(2), task(3)]) // no event for the second
    streams.current().emit('CREATED', task(3))
    await settle()
    api.release()
    await asked
    await vi.waitFor(() => expect(left()).toBe(3))
  })

  it('causes a refetch when its event failed', async () => {
    const { api, streams, show, left } = await openPage([task(1)])
    await show()
    api.store([task(1), task(2)])
    streams.current().fail()
    await vi.waitFor(() => expect(left()).toBe(2))
  })
})

describe('a change by the page', () => {
  it('is not applied again by its event', async () => {
    const { streams, show, create, titles, left } = await openPage([task(1)])
    await show()
    const { data } = await create('Buy milk')
    streams.current().emit('CREATED', data.createTask.task)
    await settle()
    expect([titles(), left()]).toEqual([['Buy milk', 'Task 1'], 2])
  })

  it('is not shown twice when the event comes before the result', async () => {
    const { api, streams, show, create, titles, left } = await openPage([yesterdays])
    await show()
    api.hold('Create')
    const created = create('Buy milk')
    await vi.waitFor(() => expect(titles()).toEqual(['Buy milk', 'Task 1']))
    streams.current().emit('CREATED', task(101, { title: 'Buy milk' }))
    await settle()
    expect([titles(), left()]).toEqual([['Buy milk', 'Task 1'], 2])
    api.release()
    await created
    await settle()
    expect([titles(), left()]).toEqual([['Buy milk', 'Task 1'], 2])
  })

  it('causes no refetch by its event: a deletion', async () => {
    const { api, streams, show, remove, titles } = await openPage([task(1), task(2)])
    await show()
    await remove('task-1')
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2']))
    await settle()
    const before = api.operations()
    streams.current().emit('DELETED', task(1))
    await settle()
    expect(api.operations()).toEqual(before)
  })

  it('is not undone by a late event of an earlier change', async () => {
    const { streams, show, create, titles } = await openPage([])
    await show()
    const { data } = await create('Buy milk')
    const earlier = { ...data.createTask.task, title: 'Buy', updatedAt: minute(0) }
    streams.current().emit('UPDATED', earlier)
    await settle()
    expect(titles()).toEqual(['Buy milk'])
  })

  it('does not hide a later change by another client', async () => {
    const { streams, show, create, titles } = await openPage([task(1)])
    await show()
    const { data } = await create('Buy milk')
    const later = { ...data.createTask.task, title: 'Buy oat milk', updatedAt: minute(300) }
    streams.current().emit('UPDATED', later)
    await vi.waitFor(() => expect(titles()).toEqual(['Buy oat milk', 'Task 1']))
  })

  it('that restores a task is not hidden by the late event of its own deletion', async () => {
    const { streams, client, titles, show } = await openPage([task(1), task(2)])
    show()
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2', 'Task 1']))
    await client.mutation(Delete, { input: { id: 'task-1' } }).toPromise()
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2']))
    await client.mutation(Restore, { input: { id: 'task-1' } }).toPromise()
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2', 'Task 1']))
    streams.current().emit('DELETED', task(1, { updatedAt: minute(50) }))
    streams.current().emit('UPDATED', task(2, { title: 'Last', updatedAt: minute(300) }))
    await vi.waitFor(() => expect(titles()).toEqual(['Last', 'Task 1']))
  })

  it('that deletes a task does not hide that another client restores it', async () => {
    const { api, streams, client, titles, show } = await openPage([task(1), task(2)])
    show()
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2', 'Task 1']))
    await client.mutation(Delete, { input: { id: 'task-1' } }).toPromise()
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2']))
    api.store([task(1, { updatedAt: minute(300) }), task(2)])
    streams.current().emit('RESTORED', task(1, { updatedAt: minute(300) }))
    await vi.waitFor(() => expect(titles()).toEqual(['Task 2', 'Task 1']))
  })
})

describe('a stream', () => {
  it('carries the token of the account, and causes a refetch when it begins', async () => {
    const { api, auth, streams, show, left } = await openPage([task(1)])
    expect(streams.current().authorization).toBe(`Bearer ${auth.heldToken()?.jwt}`)
    await show()
    api.store([task(1), task(2)])
    streams.current().end('CHANGES_MISSED')
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2))
    await vi.waitFor(() => expect(left()).toBe(2))
  })

  it('continues after the last event, and nothing is read again', async () => {
    const { api, streams, show, titles, left } = await openPage([task(1)])
    await show()
    streams.current().emit('CREATED', task(2))
    await vi.waitFor(() => expect(left()).toBe(2))
    const before = api.operations()
    streams.current().end('CHANGES_MISSED')
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2))
    expect(streams.opened.map(({ after }) => after)).toEqual([undefined, 'cursor-1'])
    streams.current().emit('CREATED', task(3))
    await vi.waitFor(() => expect(titles()).toEqual(['Task 3', 'Task 2', 'Task 1']))
    expect(left()).toBe(3)
    expect(api.operations()).toEqual(before)
  })

  it('continues where the history stood when the page was read, before any event', async () => {
    const { client, streams } = await openPage([task(1)])
    const query = 'query Counts { open: tasks(first: 1) { totalCount changesCursor } }'
    await client.query(query, {}).toPromise()
    streams.current().end('CHANGES_MISSED')
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2))
    expect(streams.current().after).toBe('cursor-0')
  })

  it('causes a refetch when it continues and something was read meanwhile', async () => {
    const { api, client, streams, show, left } = await openPage([task(1)])
    await show()
    streams.current().emit('CREATED', task(2))
    await vi.waitFor(() => expect(left()).toBe(2))
    api.store([task(1), task(2), task(3)])
    streams.next.status = 503
    streams.current().end('SERVER_STOPPING')
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2), { timeout: 2_000 })
    await client.query('query Other { tasks(first: 9) { totalCount } }', {}).toPromise()
    streams.next.status = 200
    await vi.waitFor(() => expect(streams.opened).toHaveLength(3), { timeout: 4_000 })
    await vi.waitFor(() => expect(left()).toBe(3))
  })

  it('begins anew with a refetch when its cursor has expired', async () => {
    const { api, streams, show, left } = await openPage([task(1)])
    await show()
    streams.current().emit('CREATED', task(2))
    await vi.waitFor(() => expect(left()).toBe(2))
    streams.current().end('CHANGES_MISSED')
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2))
    api.store([task(1), task(2), task(3)])
    streams.current().expire()
    await vi.waitFor(() => expect(streams.opened).toHaveLength(3), { timeout: 2_000 })
    expect(streams.current().after).toBeUndefined()
    await vi.waitFor(() => expect(left()).toBe(3))
  })

  it('is replaced by one with a new token when the old token expires', async () => {
    const { server, streams } = await openPage()
    streams.current().end('TOKEN_EXPIRED')
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2))
    expect(server.tokensMade).toBe(2)
    expect(streams.opened[1]?.authorization).not.toBe(streams.opened[0]?.authorization)
  })

  it('is not reopened after its session has ended, until a request succeeds', async () => {
    const { server, streams, show } = await openPage([task(1)])
    useFakeTimers()
    streams.current().end('SESSION_ENDED')
    await vi.advanceTimersByTimeAsync(60_000)
    expect([streams.opened.length, server.tokensMade]).toEqual([1, 1])
    vi.useRealTimers()
    await show()
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2))
  })

  it('requests no token after its session has ended when an earlier result comes', async () => {
    const { server, api, streams, client } = await openPage([task(1)])
    api.hold('Left')
    const asked = client.query(Left, {}).toPromise()
    await vi.waitFor(() => expect(api.operations()).toEqual(['Left']))
    streams.current().end('SESSION_ENDED')
    await settle()
    api.release()
    await asked
    await settle()
    expect([streams.opened.length, server.tokensMade]).toEqual([1, 1])
  })

  it.each([undefined, 'SERVER_STOPPING'])('that ends is reopened: %s', async (reason) => {
    const { streams } = await openPage()
    streams.current().end(reason)
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2), { timeout: 2_000 })
  })

  it('that is refused is retried with backoff', async () => {
    const { streams } = await openPage()
    useFakeTimers()
    streams.next.status = 503
    streams.current().end()
    await vi.advanceTimersByTimeAsync(60_000)
    // The backoff doubles from 250 ms to at most 10 s, times 0.5 to 1.
    expect(streams.opened.length).toBeGreaterThan(6)
    expect(streams.opened.length).toBeLessThan(20)
  })

  it.each([
    ['in 30 seconds', 30_000, 30],
    ['long ago, by the clock of the page', -3_600_000, 1],
    ['in an hour, by the clock of the page', 3_600_000, 60],
  ])('without points is reopened when there are new points: %s', async (_when, ms, seconds) => {
    const { streams } = await openPage()
    useFakeTimers()
    streams.current().end('POINTS_SPENT', { resetAt: new Date(Date.now() + ms).toISOString() })
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 100)
    expect(streams.opened).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(streams.opened).toHaveLength(2)
  })

  it.each([429, 503])('that is refused with %i respects Retry-After', async (status) => {
    const { streams } = await openPage()
    useFakeTimers()
    Object.assign(streams.next, { status, retryAfter: '40' })
    streams.current().end('CHANGES_MISSED')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(streams.opened).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(38_000)
    expect(streams.opened).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(streams.opened).toHaveLength(3)
  })

  it('closes while the page is hidden, and reopens when it is visible', async () => {
    const { streams } = await openPage()
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    document.dispatchEvent(new Event('visibilitychange'))
    expect(streams.opened[0]?.isClosed()).toBe(true)
    await settle()
    expect(streams.opened).toHaveLength(1)
    visibility.mockReturnValue('visible')
    document.dispatchEvent(new Event('visibilitychange'))
    await vi.waitFor(() => expect(streams.opened).toHaveLength(2))
  })

  it('closes when its account signs out', async () => {
    const { auth, streams } = await openPage()
    await auth.signOut()
    expect(streams.opened[0]?.isClosed()).toBe(true)
    await settle()
    expect(streams.opened).toHaveLength(1)
  })
})
