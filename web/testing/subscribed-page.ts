import type { Client } from 'urql'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { createOwnChanges } from '../tasks/own-changes.ts'
import { ada, startServer } from './server.ts'
import type { ApiTask } from './task-api.ts'

const fields =
  'id title description completed completedAt dueOn priority labels createdAt updatedAt'
const Open = `query Open {
  tasks(first: 9, filter: { completed: false }) { nodes { ${fields} } pageInfo { hasNextPage endCursor } }
}`
export const Left = 'query Left { tasks(first: 1, filter: { completed: false }) { totalCount } }'
const Create = `mutation Create($input: CreateTaskInput!) {
  createTask(input: $input) { task { ${fields} } }
}`

export const Delete = `mutation Delete($input: DeleteTaskInput!) {
  deleteTask(input: $input) { deletedTaskId }
}`

export const Restore = `mutation Restore($input: RestoreTaskInput!) {
  restoreTask(input: $input) { task { ${fields} } }
}`

/**
 * For the tests of a file.
 * @returns a function that opens a subscribed page with the real client.
 */
export function subscribedPages() {
  const leave: (() => void)[] = []
  // A session belongs to a page: each test loads its modules anew.
  beforeEach(() => vi.resetModules())
  afterEach(() => {
    for (const stop of leave.splice(0)) stop()
    vi.restoreAllMocks()
  })

  return async (tasks: ApiTask[] = []) => {
    const server = startServer({ account: ada, tasks })
    const { api, streams } = server
    const auth = await import('../session/session.ts')
    const { createApiClient } = await import('../api/client.ts')
    const { subscribeToTasks } = await import('../tasks/task-changed.ts')
    await auth.restoreSession()
    const client = createApiClient(ada.id, {
      cache: taskCache(),
      ownChanges: createOwnChanges(),
    })
    leave.push(subscribeToTasks(client))
    await vi.waitFor(() => expect(streams.opened).toHaveLength(1))
    return { server, api, auth, streams, client, ...watch(client, leave) }
  }
}

function watch(client: Client, leave: (() => void)[]) {
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
