import { describe, expect, it, vi } from 'vitest'
import { settle } from '../testing/settle.ts'
import { Delete, Left, Restore, subscribedPages } from '../testing/subscribed-page.ts'
import { minute, task } from '../testing/task-api.ts'

const openPage = subscribedPages()

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
