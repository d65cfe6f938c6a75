import { describe, expect, it, vi } from 'vitest'
import { createTestClient } from '../testing/client.ts'
import { startServer } from '../testing/server.ts'
import { settle } from '../testing/settle.ts'
import { type ApiTask, minute, task } from '../testing/task-api.ts'
import { taskCache } from './cache.ts'

const fields =
  'id title completed completedAt dueOn priority labels repeat { every unit weekdays from } createdAt updatedAt description deletedAt'
const Tasks = `
  query Tasks($after: String, $filter: TaskFilter, $orderBy: TaskOrder) {
    tasks(first: 3, after: $after, filter: $filter, orderBy: $orderBy) {
      nodes { ${fields} }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }`
const Left = 'query Left { tasks(first: 1, filter: { completed: false }) { totalCount } }'
const Labels = 'query Labels { labels { name taskCount } }'
const One = `query One($id: ID!) { task(id: $id) { ${fields} } }`
const mutations = {
  create: `mutation Create($input: CreateTaskInput!) { createTask(input: $input) { task { ${fields} } } }`,
  update: `mutation Update($input: UpdateTaskInput!) { updateTask(input: $input) { task { ${fields} } } }`,
  complete: `mutation Complete($input: CompleteTaskInput!) { completeTask(input: $input) { task { ${fields} } } }`,
  completeInline:
    'mutation CompleteInline { completeTask(input: { id: "task-1" }) { task { id completed } } }',
  reopen: `mutation Reopen($input: ReopenTaskInput!) { reopenTask(input: $input) { task { ${fields} } } }`,
  delete:
    'mutation Delete($input: DeleteTaskInput!) { deleteTask(input: $input) { deletedTaskId } }',
  deleteCompleted: 'mutation Clear { deleteCompletedTasks { deletedTaskIds } }',
}

type Connection = {
  nodes: ApiTask[]
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** A client with the real cache, and queries that watch it as a page would. */
function open(tasks: ApiTask[]) {
  const server = startServer({ tasks })
  const client = createTestClient(server, [taskCache({ now: () => new Date(minute(90)) })])

  function watch<Answer>(query: string, variables: object = {}) {
    const seen: (Answer | undefined)[] = []
    client.query<Answer>(query, variables).subscribe(({ data }) => seen.push(data))
    return () => seen.at(-1)
  }

  return {
    api: server.api,
    watchList(variables: object = {}) {
      const latest = watch<{ tasks: Connection }>(Tasks, variables)
      return {
        titles: () => latest()?.tasks.nodes.map(({ title }) => title),
        nodes: () => latest()?.tasks.nodes,
        totalCount: () => latest()?.tasks.totalCount,
        hasNextPage: () => latest()?.tasks.pageInfo.hasNextPage,
        more: () =>
          client
            .query(Tasks, { ...variables, after: latest()?.tasks.pageInfo.endCursor })
            .toPromise(),
      }
    },
    watch,
    mutate: (name: keyof typeof mutations, input?: object) =>
      client.mutation(mutations[name], input ? { input } : {}).toPromise(),
    refetch: (query: string, variables: object = {}) =>
      client.query(query, variables, { requestPolicy: 'network-only' }).toPromise(),
  }
}

const done = (n: number) => task(n, { completed: true, completedAt: minute(n) })

describe('a cached list', () => {
  it('is one list of all its pages in order', async () => {
    const { watchList } = open([task(1), task(2), task(3), task(4), task(5)])
    const list = watchList()
    await vi.waitFor(() => expect(list.titles()).toEqual(['Task 5', 'Task 4', 'Task 3']))
    expect(list.hasNextPage()).toBe(true)
    await list.more()
    expect(list.titles()).toEqual(['Task 5', 'Task 4', 'Task 3', 'Task 2', 'Task 1'])
    expect(list.hasNextPage()).toBe(false)
  })

  it('never shows a gap when a refetch moves the end of its first page', async () => {
    const tasks = [task(1), task(2), task(3), task(4), task(5)]
    const { api, watchList, refetch } = open(tasks)
    const list = watchList()
    await vi.waitFor(() => expect(list.titles()).toHaveLength(3))
    await list.more()
    api.store([...tasks, task(6)])
    await refetch(Tasks)
    expect(list.titles()).toEqual(['Task 6', 'Task 5', 'Task 4'])
    expect(list.hasNextPage()).toBe(true)
    await list.more()
    expect(list.titles()).toEqual(['Task 6', 'Task 5', 'Task 4', 'Task 3', 'Task 2', 'Task 1'])
  })

  it('drops pages that no longer belong to it', async () => {
    const tasks = [task(1), task(2), task(3), task(4), task(5)]
    const { api, watchList, refetch, mutate } = open(tasks)
    const list = watchList()
    await vi.waitFor(() => expect(list.titles()).toHaveLength(3))
    await list.more()
    api.store([...tasks, task(6)])
    await refetch(Tasks)
    await mutate('complete', { id: 'task-5' })
    api.store([task(1), task(3), task(4), task(5)])
    await refetch(Tasks)
    expect(list.titles()).toEqual(['Task 5', 'Task 4', 'Task 3'])
    expect(list.hasNextPage()).toBe(true)
  })
})

describe('creating a task', () => {
  it('shows it first in a list of the newest first, before and after the response', async () => {
    const { api, watchList, watch, mutate } = open([task(1)])
    const list = watchList()
    const left = watch<{ tasks: Connection }>(Left)
    await vi.waitFor(() => expect(left()?.tasks.totalCount).toBe(1))
    api.hold()
    const created = mutate('create', { title: ' Buy milk ' })
    await vi.waitFor(() => expect(list.titles()).toEqual(['Buy milk', 'Task 1']))
    expect(list.nodes()?.[0]?.id).toMatch(/^optimistic:/)
    expect([list.totalCount(), left()?.tasks.totalCount]).toEqual([2, 2])
    api.release()
    await created
    expect(list.nodes()?.map(({ id }) => id)).toEqual(['task-101', 'task-1'])
    expect([list.totalCount(), left()?.tasks.totalCount]).toEqual([2, 2])
  })

  it('removes it when the API refuses it', async () => {
    const { api, watchList, mutate } = open([task(1)])
    const list = watchList()
    await vi.waitFor(() => expect(list.titles()).toEqual(['Task 1']))
    api.refuse({ message: 'Not today.' })
    const { error } = await mutate('create', { title: 'Buy milk' })
    expect(error?.graphQLErrors.map(({ message }) => message)).toEqual(['Not today.'])
    expect(list.titles()).toEqual(['Task 1'])
    expect(list.totalCount()).toBe(1)
  })

  it('does not add it to a list that it does not match', async () => {
    const { watchList, mutate } = open([done(1)])
    const list = watchList({ filter: { completed: true } })
    await vi.waitFor(() => expect(list.titles()).toEqual(['Task 1']))
    await mutate('create', { title: 'Buy milk' })
    expect(list.titles()).toEqual(['Task 1'])
    expect(list.totalCount()).toBe(1)
  })

  it('refetches a list whose order only the API knows', async () => {
    const { api, watchList, mutate } = open([task(1, { title: 'a' }), task(2, { title: 'c' })])
    const list = watchList({ orderBy: { field: 'TITLE', direction: 'ASC' } })
    await vi.waitFor(() => expect(list.titles()).toEqual(['a', 'c']))
    await mutate('create', { title: 'b' })
    await vi.waitFor(() => expect(api.operations()).toEqual(['Tasks', 'Create', 'Tasks']))
    await vi.waitFor(() => expect(list.nodes()?.map(({ id }) => id)).toContain('task-101'))
    expect(list.titles()).toEqual(['a', 'b', 'c'])
  })

  it('does not insert it when it belongs to a page that is not fetched', async () => {
    const { watchList, mutate } = open([task(1), task(2), task(3), task(4)])
    const list = watchList({ orderBy: { field: 'CREATED_AT', direction: 'ASC' } })
    await vi.waitFor(() => expect(list.titles()).toHaveLength(3))
    await mutate('create', { title: 'Buy milk' })
    expect(list.titles()).toEqual(['Task 1', 'Task 2', 'Task 3'])
    expect(list.totalCount()).toBe(5)
  })

  it('keeps the tasks of pages that are not fetched out of the list', async () => {
    const { watchList, mutate } = open([task(1), task(2), task(3), task(4)])
    const list = watchList({ orderBy: { field: 'CREATED_AT', direction: 'DESC' } })
    await vi.waitFor(() => expect(list.titles()).toHaveLength(3))
    await mutate('create', { title: 'Buy milk' })
    expect(list.titles()).toEqual(['Buy milk', 'Task 4', 'Task 3', 'Task 2'])
    await list.more()
    expect(list.titles()).toEqual(['Buy milk', 'Task 4', 'Task 3', 'Task 2', 'Task 1'])
  })

  it('refetches the labels', async () => {
    const { watch, mutate } = open([task(1)])
    const labels = watch<{ labels: { taskCount: number }[] }>(Labels)
    await vi.waitFor(() => expect(labels()?.labels[0]?.taskCount).toBe(1))
    await mutate('create', { title: 'Buy milk' })
    await vi.waitFor(() => expect(labels()?.labels[0]?.taskCount).toBe(2))
  })
})

describe('completing and reopening a task', () => {
  it('moves it between lists and counts immediately', async () => {
    const { api, watchList, watch, mutate } = open([task(1), task(2), done(3)])
    const all = watchList()
    const openOnes = watchList({ filter: { completed: false } })
    const doneOnes = watchList({ filter: { completed: true } })
    const left = watch<{ tasks: Connection }>(Left)
    await vi.waitFor(() => expect(left()?.tasks.totalCount).toBe(2))
    api.hold()
    const completed = mutate('complete', { id: 'task-1' })
    const expectMoved = () => {
      expect(all.nodes()?.map((node) => node.completed)).toEqual([true, false, true])
      expect(openOnes.titles()).toEqual(['Task 2'])
      expect(doneOnes.titles()).toEqual(['Task 3', 'Task 1'])
      expect([all, openOnes, doneOnes].map((list) => list.totalCount())).toEqual([3, 1, 2])
      expect(left()?.tasks.totalCount).toBe(1)
    }
    await vi.waitFor(expectMoved)
    api.release()
    await completed
    expectMoved()
    expect(api.operations()).not.toContain('One')
    await mutate('reopen', { id: 'task-1' })
    expect(openOnes.titles()).toEqual(['Task 2', 'Task 1'])
    expect(left()?.tasks.totalCount).toBe(2)
  })

  it('changes no count when it was completed already, and keeps the first time', async () => {
    const { api, watchList, watch, mutate } = open([task(1), done(2)])
    const list = watchList()
    const left = watch<{ tasks: Connection }>(Left)
    await vi.waitFor(() => expect(left()?.tasks.totalCount).toBe(1))
    api.hold()
    const completed = mutate('complete', { id: 'task-2' })
    await vi.waitFor(() => expect(api.operations()).toContain('Complete'))
    expect(list.nodes()?.[0]?.completedAt).toBe(minute(2))
    expect(left()?.tasks.totalCount).toBe(1)
    api.release()
    await completed
    expect(left()?.tasks.totalCount).toBe(1)
  })

  it('moves it back when the API refuses', async () => {
    const { api, watchList, watch, mutate } = open([task(1)])
    const openOnes = watchList({ filter: { completed: false } })
    const left = watch<{ tasks: Connection }>(Left)
    await vi.waitFor(() => expect(left()?.tasks.totalCount).toBe(1))
    api.refuse({ message: 'Not today.' })
    api.hold()
    const completed = mutate('complete', { id: 'task-1' })
    await vi.waitFor(() => expect(openOnes.titles()).toEqual([]))
    api.release()
    await completed
    expect(openOnes.titles()).toEqual(['Task 1'])
    expect([openOnes.totalCount(), left()?.tasks.totalCount]).toEqual([1, 1])
  })
})

describe('changing a task', () => {
  it('shows the change immediately, and keeps other fields and the version', async () => {
    const { api, watchList, mutate } = open([task(1, { dueOn: '2026-11-30', labels: ['home'] })])
    const list = watchList()
    await vi.waitFor(() => expect(list.titles()).toEqual(['Task 1']))
    api.hold()
    void mutate('update', { id: 'task-1', title: ' Call Bob ', dueOn: null })
    const changed = { title: 'Call Bob', dueOn: null, labels: ['home'] }
    await vi.waitFor(() => expect(list.nodes()).toEqual([task(1, changed)]))
  })

  it('moves it to the start of a list that is sorted by change', async () => {
    const { watchList, mutate } = open([task(1), task(2), task(3)])
    const list = watchList({ orderBy: { field: 'UPDATED_AT', direction: 'DESC' } })
    await vi.waitFor(() => expect(list.titles()).toEqual(['Task 3', 'Task 2', 'Task 1']))
    await mutate('update', { id: 'task-1', title: 'Call Bob' })
    expect(list.titles()).toEqual(['Call Bob', 'Task 3', 'Task 2'])
  })

  it('refetches nothing when nothing moves', async () => {
    const { api, watchList, mutate } = open([task(1), task(2)])
    const list = watchList({ orderBy: { field: 'PRIORITY', direction: 'DESC' } })
    await vi.waitFor(() => expect(list.titles()).toHaveLength(2))
    await mutate('update', { id: 'task-1', title: 'Call Bob' })
    expect(list.titles()).toEqual(['Task 2', 'Call Bob'])
    await settle()
    expect(api.operations()).toEqual(['Tasks', 'Update'])
  })

  it('refetches every list when the input is not a variable', async () => {
    const { api, watchList, mutate } = open([task(1), task(2)])
    const list = watchList({ filter: { completed: false } })
    await vi.waitFor(() => expect(list.titles()).toHaveLength(2))
    await mutate('completeInline')
    await vi.waitFor(() => expect(api.operations()).toEqual(['Tasks', 'CompleteInline', 'Tasks']))
    await vi.waitFor(() => expect(list.titles()).toEqual(['Task 2']))
    expect(list.totalCount()).toBe(1)
  })
})

describe('deleting', () => {
  it('removes a task from every list and count, and from the cache', async () => {
    const { api, watchList, watch, mutate } = open([task(1), task(2)])
    const list = watchList()
    const left = watch<{ tasks: Connection }>(Left)
    const one = watch<{ task: ApiTask | null }>(One, { id: 'task-1' })
    await vi.waitFor(() => expect(one()?.task?.title).toBe('Task 1'))
    await vi.waitFor(() => expect(left()?.tasks.totalCount).toBe(2))
    api.hold()
    const deleted = mutate('delete', { id: 'task-1' })
    await vi.waitFor(() => expect(list.titles()).toEqual(['Task 2']))
    expect([list.totalCount(), left()?.tasks.totalCount]).toEqual([1, 1])
    api.release()
    await deleted
    expect(list.titles()).toEqual(['Task 2'])
    expect([list.totalCount(), left()?.tasks.totalCount]).toEqual([1, 1])
    await vi.waitFor(() => expect(one()).toMatchObject({ task: null }))
  })

  it('removes all completed tasks, also those that are not fetched', async () => {
    const { watchList, mutate } = open([done(1), done(2), task(3), task(4), done(5)])
    const all = watchList()
    const doneOnes = watchList({ filter: { completed: true } })
    await vi.waitFor(() => expect(doneOnes.totalCount()).toBe(3))
    await mutate('deleteCompleted')
    expect(all.titles()).toEqual(['Task 4', 'Task 3'])
    expect(doneOnes.titles()).toEqual([])
    expect([all.totalCount(), doneOnes.totalCount()]).toEqual([2, 0])
  })
})
