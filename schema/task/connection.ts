import type { Db } from '#db/client.ts'
import { encodeCursor, type Page, type TaskOrder } from '#db/pages.ts'
import type { Task as TaskRow } from '#db/tables.ts'
import { countTasks, listTasks, type TaskFilter } from '#db/task-lists.ts'
import { builder } from '../builder.ts'
import { Task } from './task.ts'

/** One page of an owner's tasks. Queries the database only for the selected fields. */
export type TaskPage = {
  /** The tasks of the page, and whether more follow. Read once for all fields. */
  rows: () => Promise<{ tasks: TaskRow[]; hasMore: boolean }>
  cursorOf: (task: TaskRow) => string
  hasNextPage: () => Promise<boolean>
  hasPreviousPage: () => Promise<boolean>
  totalCount: () => Promise<number>
}

type Listing = { db: Db; ownerId: string; filter: TaskFilter; order: TaskOrder; page: Page }

export function openTaskPage({ db, ownerId, filter, order, page }: Listing): TaskPage {
  const { backward, limit } = page
  const list = (asked: Page) => listTasks(db, ownerId, filter, order, asked)

  const rows = once(async () => {
    const found = await list({ ...page, limit: limit + 1 })
    const hasMore = found.length > limit
    if (!hasMore) return { tasks: found, hasMore }
    return { tasks: backward ? found.slice(1) : found.slice(0, limit), hasMore }
  })

  // On the side where the page starts, tasks exist beyond it only if a cursor was given. The task of
  // the cursor may be deleted by now, so this needs a query. It runs concurrently with the page.
  const hasAny = async (asked: Page) => (await list(asked)).length > 0
  const hasAnyBefore = async ({ after, before }: Page) =>
    after !== undefined && hasAny({ limit: 1, backward: true, before, upTo: after })
  const hasAnyAfter = async ({ after, before }: Page) =>
    before !== undefined && hasAny({ limit: 1, backward: false, after, from: before })

  const hasMore = async () => (await rows()).hasMore
  return {
    rows,
    cursorOf: (task) => encodeCursor(order, task),
    hasNextPage: backward ? () => hasAnyAfter(page) : hasMore,
    hasPreviousPage: backward ? hasMore : () => hasAnyBefore(page),
    totalCount: () => countTasks(db, ownerId, filter),
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}

const PageInfo = builder.objectRef<TaskPage>('PageInfo').implement({
  description: 'The position of a page in the list (Relay Cursor Connections §5).',
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: 'Whether the list has tasks after `endCursor`.',
      resolve: (page) => page.hasNextPage(),
    }),
    hasPreviousPage: t.boolean({
      description: 'Whether the list has tasks before `startCursor`.',
      resolve: (page) => page.hasPreviousPage(),
    }),
    startCursor: t.string({
      nullable: true,
      description:
        'The cursor of the first edge. Pass it as `before` to get the previous page. Null on an empty page.',
      resolve: async (page) => cursorOrNull(page, (await page.rows()).tasks[0]),
    }),
    endCursor: t.string({
      nullable: true,
      description:
        'The cursor of the last edge. Pass it as `after` to get the next page. Null on an empty page.',
      resolve: async (page) => cursorOrNull(page, (await page.rows()).tasks.at(-1)),
    }),
  }),
})

function cursorOrNull(page: TaskPage, task: TaskRow | undefined): string | null {
  return task ? page.cursorOf(task) : null
}

const TaskEdge = builder.objectRef<{ page: TaskPage; task: TaskRow }>('TaskEdge').implement({
  description: 'A task and its position in a list.',
  fields: (t) => ({
    cursor: t.string({
      description:
        'The position of the task, for `after` and `before`. Opaque. Valid only with the same orderBy.',
      resolve: ({ page, task }) => page.cursorOf(task),
    }),
    node: t.field({ type: Task, description: 'The task.', resolve: ({ task }) => task }),
  }),
})

/** The field that returns the connection has multiplied by the page size. */
const perPage = { field: 1, multiplier: 1 }

export const TaskConnection = builder.objectRef<TaskPage>('TaskConnection').implement({
  description: 'A page of tasks (Relay Cursor Connections).',
  fields: (t) => ({
    edges: t.field({
      type: [TaskEdge],
      description: 'The tasks of the page, each with its cursor.',
      complexity: perPage,
      resolve: async (page) => (await page.rows()).tasks.map((task) => ({ page, task })),
    }),
    nodes: t.field({
      type: [Task],
      description: 'The tasks of the page, without their cursors.',
      complexity: perPage,
      resolve: async (page) => (await page.rows()).tasks,
    }),
    pageInfo: t.field({
      type: PageInfo,
      description: 'The position of this page in the list.',
      resolve: (page) => page,
    }),
    totalCount: t.int({
      description:
        'The number of tasks that match the filter, on all pages. Counted only when this field is selected.',
      resolve: (page) => page.totalCount(),
    }),
  }),
})
