import type { GraphQLResolveInfo } from 'graphql'
import type { Db } from '#db/client.ts'
import { encodeCursor, type Page, sortColumn, type TaskOrder } from '#db/pages.ts'
import type { Task as TaskRow } from '#db/tables.ts'
import { everyColumn, type TaskColumn } from '#db/task-columns.ts'
import type { TaskFilter } from '#db/task-filter.ts'
import { readPage } from '#db/task-lists.ts'
import { builder } from '../builder.ts'
import { bySelection, type Selection } from '../selection.ts'
import { columnsOf, Task } from './task.ts'

/** One page of an owner's tasks. Only what is selected has been read. */
export type TaskPage = {
  tasks: TaskRow[]
  cursorOf: (task: TaskRow) => string
  hasNextPage: boolean
  hasPreviousPage: boolean
  totalCount: number
}

type Listing = { filter: TaskFilter; order: TaskOrder; page: Page }

/** Reads all that is selected of a page in one round trip. */
export async function readTaskPage(
  db: Db,
  ownerId: string,
  { filter, order, page }: Listing,
  info: GraphQLResolveInfo,
): Promise<TaskPage> {
  const { columns, hasCursors, hasTasks, sides, totalCount } = selectedOf(info)
  const [more, beyond] = page.backward
    ? (['hasPreviousPage', 'hasNextPage'] as const)
    : (['hasNextPage', 'hasPreviousPage'] as const)
  const parts = { tasks: hasTasks || sides.has(more), beyond: sides.has(beyond), totalCount }
  const read = await readPage(db, ownerId, {
    filter,
    order,
    page,
    columns: hasCursors ? withColumn(columns, sortColumn(order)) : columns,
    parts,
  })
  return {
    tasks: read.tasks,
    cursorOf: (task) => encodeCursor(order, task),
    hasNextPage: page.backward ? read.hasBeyond : read.hasMore,
    hasPreviousPage: page.backward ? read.hasMore : read.hasBeyond,
    totalCount: read.totalCount,
  }
}

const selectedOf = bySelection((connection) => {
  const edges = connection.get('edges')
  const nodes = connection.get('nodes')
  const sides: Selection = connection.get('pageInfo') ?? new Map()
  const hasEnds = sides.has('startCursor') || sides.has('endCursor')
  return {
    columns: columnsOf(new Map([...(edges?.get('node') ?? []), ...(nodes ?? [])])),
    hasCursors: hasEnds || edges?.has('cursor') === true,
    hasTasks: hasEnds || edges !== undefined || nodes !== undefined,
    sides,
    totalCount: connection.has('totalCount'),
  }
})

/** In the order of all columns, so that the same columns are the same statement. */
function withColumn(columns: readonly TaskColumn[], added: TaskColumn): readonly TaskColumn[] {
  return everyColumn.filter((column) => column === added || columns.includes(column))
}

const PageInfo = builder.objectRef<TaskPage>('PageInfo').implement({
  description: 'The position of a page in the list (Relay Cursor Connections §5).',
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: 'Whether the list has tasks after `endCursor`.',
      resolve: (page) => page.hasNextPage,
    }),
    hasPreviousPage: t.boolean({
      description: 'Whether the list has tasks before `startCursor`.',
      resolve: (page) => page.hasPreviousPage,
    }),
    startCursor: t.string({
      nullable: true,
      description:
        'The cursor of the first edge. Pass it as `before` to get the previous page. Null on an empty page.',
      resolve: (page) => cursorOrNull(page, page.tasks[0]),
    }),
    endCursor: t.string({
      nullable: true,
      description:
        'The cursor of the last edge. Pass it as `after` to get the next page. Null on an empty page.',
      resolve: (page) => cursorOrNull(page, page.tasks.at(-1)),
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
      resolve: (page) => page.tasks.map((task) => ({ page, task })),
    }),
    nodes: t.field({
      type: [Task],
      description: 'The tasks of the page, without their cursors.',
      complexity: perPage,
      resolve: (page) => page.tasks,
    }),
    pageInfo: t.field({
      type: PageInfo,
      description: 'The position of this page in the list.',
      resolve: (page) => page,
    }),
    totalCount: t.int({
      description:
        'The number of tasks that match the filter, on all pages. Counted only when this field is selected.',
      resolve: (page) => page.totalCount,
    }),
  }),
})
