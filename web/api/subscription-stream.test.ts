import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { settle } from '../testing/settle.ts'
import { Left, subscribedPages } from '../testing/subscribed-page.ts'
import { task } from '../testing/task-api.ts'

const openPage = subscribedPages()

function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

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
