import { Client, fetchExchange } from 'urql'
import { describe, expect, it, vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { createApi, task } from '../testing/api.ts'
import { settle } from '../testing/settle.ts'
import { createSignal } from '../ui/signal.ts'
import { trackMutations } from './in-flight.ts'
import { refetchAfterOverlap } from './overlap-exchange.ts'

const Left = 'query Left { tasks(first: 1, filter: { completed: false }) { totalCount } }'
const Create = `mutation Create($input: CreateTaskInput!) {
  createTask(input: $input) { task { id title completed priority labels dueOn createdAt } }
}`

function open() {
  const api = createApi([task(1)])
  const signal = createSignal()
  const mutations = trackMutations()
  const client = new Client({
    url: 'http://taskward.test/graphql',
    preferGetMethod: false,
    fetch: api.fetch,
    exchanges: [
      taskCache(),
      mutations.exchange,
      refetchAfterOverlap(mutations, signal),
      fetchExchange,
    ],
  })
  let left: number | undefined
  return {
    api,
    signal,
    left: () => left,
    showLeft: () =>
      client.query(Left, {}).subscribe(({ data }) => {
        left = data?.tasks.totalCount
      }),
    create: () => client.mutation(Create, { input: { title: 'Buy milk' } }).toPromise(),
  }
}

describe('a query in flight together with a mutation', () => {
  it('is refetched, because its result may be older than the mutation', async () => {
    const { api, left, showLeft, create } = open()
    api.hold('Left')
    showLeft()
    await vi.waitFor(() => expect(api.requests).toEqual(['Left']))
    await create()
    api.release()
    await vi.waitFor(() => expect(left()).toBe(2))
    expect(api.requests).toEqual(['Left', 'Create', 'Left'])
  })

  it('is refetched after the mutation when the mutation started first', async () => {
    const { api, left, showLeft, create } = open()
    api.hold('Create')
    const created = create()
    showLeft()
    await vi.waitFor(() => expect(left()).toBeDefined())
    expect(api.requests).toEqual(['Create', 'Left'])
    api.release()
    await created
    await vi.waitFor(() => expect(api.requests).toEqual(['Create', 'Left', 'Left']))
    await vi.waitFor(() => expect(left()).toBe(2))
  })

  it('is not refetched when it was answered before', async () => {
    const { api, left, showLeft, create } = open()
    showLeft()
    await vi.waitFor(() => expect(left()).toBe(1))
    await create()
    await vi.waitFor(() => expect(left()).toBe(2))
    await settle()
    expect(api.requests).toEqual(['Left', 'Create'])
  })
})

describe('a query in flight while another client changes something', () => {
  it('is refetched', async () => {
    const { api, signal, left, showLeft } = open()
    api.hold('Left')
    showLeft()
    await vi.waitFor(() => expect(api.requests).toEqual(['Left']))
    api.store([task(1), task(2)])
    signal.emit()
    api.release()
    await vi.waitFor(() => expect(left()).toBe(2))
  })

  it('is not refetched when it was answered before', async () => {
    const { api, signal, left, showLeft } = open()
    showLeft()
    await vi.waitFor(() => expect(left()).toBe(1))
    signal.emit()
    await settle()
    expect(api.requests).toEqual(['Left'])
  })
})
