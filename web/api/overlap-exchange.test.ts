import { describe, expect, it, vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { createTestClient } from '../testing/client.ts'
import { startServer } from '../testing/server.ts'
import { settle } from '../testing/settle.ts'
import { task } from '../testing/task-api.ts'
import { createSignal } from '../ui/signal.ts'
import { trackMutations } from './in-flight.ts'
import { refetchAfterOverlap } from './overlap-exchange.ts'

const Left = 'query Left { tasks(first: 1, filter: { completed: false }) { totalCount } }'
const Create = `mutation Create($input: CreateTaskInput!) {
  createTask(input: $input) { task { id title completed priority labels dueOn createdAt } }
}`

function open() {
  const server = startServer({ tasks: [task(1)] })
  const signal = createSignal()
  const mutations = trackMutations()
  const client = createTestClient(server, [
    taskCache(),
    mutations.exchange,
    refetchAfterOverlap(mutations, signal),
  ])
  let left: number | undefined
  return {
    api: server.api,
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
    await vi.waitFor(() => expect(api.operations()).toEqual(['Left']))
    await create()
    api.release()
    await vi.waitFor(() => expect(left()).toBe(2))
    expect(api.operations()).toEqual(['Left', 'Create', 'Left'])
  })

  it('is refetched after the mutation when the mutation started first', async () => {
    const { api, left, showLeft, create } = open()
    api.hold('Create')
    const created = create()
    showLeft()
    await vi.waitFor(() => expect(left()).toBeDefined())
    expect(api.operations()).toEqual(['Create', 'Left'])
    api.release()
    await created
    await vi.waitFor(() => expect(api.operations()).toEqual(['Create', 'Left', 'Left']))
    await vi.waitFor(() => expect(left()).toBe(2))
  })

  it('is not refetched when it was answered before', async () => {
    const { api, left, showLeft, create } = open()
    showLeft()
    await vi.waitFor(() => expect(left()).toBe(1))
    await create()
    await vi.waitFor(() => expect(left()).toBe(2))
    await settle()
    expect(api.operations()).toEqual(['Left', 'Create'])
  })
})

describe('a query in flight while another client changes something', () => {
  it('is refetched', async () => {
    const { api, signal, left, showLeft } = open()
    api.hold('Left')
    showLeft()
    await vi.waitFor(() => expect(api.operations()).toEqual(['Left']))
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
    expect(api.operations()).toEqual(['Left'])
  })
})
