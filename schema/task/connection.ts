import type { Db } from '#db/client.ts'
import { encodeCursor, type Page, type TaskOrder } from '#db/pages.ts'
import type { Task as TaskRow } from '#db/tables.ts'
import { countTasks, listTasks, type TaskFilter } from '#db/task-lists.ts'
import { builder } from '../builder.ts'
import { Task } from './task.ts'

/** One page of an owner's tasks. Asks the database only for what the operation selects. */
export type TaskPage = {
  /** The tasks of the page, and one more when there is one: read once, for all fields. */
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

  // Where the page was read from, something can lie beyond only if a cursor set it off from the
  // list's end; only the database knows, for the cursor's own task may be gone by now. It does not
  // depend on the page, so both are asked at the same time.
  const isAny = async (asked: Page) => (await list(asked)).length > 0
  const isAnyBefore = async ({ after, before }: Page) =>
    after !== undefined && isAny({ limit: 1, backward: true, before, upTo: after })
  const isAnyAfter = async ({ after, before }: Page) =>
    before !== undefined && isAny({ limit: 1, backward: false, after, from: before })

  const hasMore = async () => (await rows()).hasMore
  return {
    rows,
    cursorOf: (task) => encodeCursor(order, task),
    hasNextPage: backward ? () => isAnyAfter(page) : hasMore,
    hasPreviousPage: backward ? hasMore : () => isAnyBefore(page),
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
  description: 'Where a page stands in the whole list (Relay Cursor Connections §5).',
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: 'Whether more follows after `endCursor`.',
      resolve: (page) => page.hasNextPage(),
    }),
    hasPreviousPage: t.boolean({
      description: 'Whether something comes before `startCursor`.',
      resolve: (page) => page.hasPreviousPage(),
    }),
    startCursor: t.string({
      nullable: true,
      description: "The first edge's cursor, to page backward from. Null on an empty page.",
      resolve: async (page) => cursorOrNull(page, (await page.rows()).tasks[0]),
    }),
    endCursor: t.string({
      nullable: true,
      description: "The last edge's cursor, to page forward from. Null on an empty page.",
      resolve: async (page) => cursorOrNull(page, (await page.rows()).tasks.at(-1)),
    }),
  }),
})

function cursorOrNull(page: TaskPage, task: TaskRow | undefined): string | null {
  return task ? page.cursorOf(task) : null
}

const TaskEdge = builder.objectRef<{ page: TaskPage; task: TaskRow }>('TaskEdge').implement({
  description: 'A task at its place in a list.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place, to page from. Opaque, and good only in the same order.',
      resolve: ({ page, task }) => page.cursorOf(task),
    }),
    node: t.field({ type: Task, description: 'The task.', resolve: ({ task }) => task }),
  }),
})

/** The field of the connection has multiplied by the size of the page already. */
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
      description: 'Where this page stands in the whole list.',
      resolve: (page) => page,
    }),
    totalCount: t.int({
      description: 'How many tasks match the filter, on all pages. Counted only when asked for.',
      resolve: (page) => page.totalCount(),
    }),
  }),
})
