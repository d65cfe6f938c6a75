import type { GraphQLResolveInfo } from 'graphql'
import { encodeChangeCursor } from '#db/change-cursors.ts'
import type { Db } from '#db/client.ts'
import { encodeCursor, type Page, sortColumn, type TaskOrder } from '#db/pages.ts'
import type { Task as TaskRow } from '#db/tables.ts'
import { everyColumn, type TaskColumn } from '#db/task-columns.ts'
import type { TaskFilter } from '#db/task-filter.ts'
import { readPage } from '#db/task-lists.ts'
import { builder } from '../builder.ts'
import { PageInfo, perPage, toPageInfo } from '../page-info.ts'
import { bySelection, type Selection } from '../selection.ts'
import { columnsOf, Task } from './task.ts'

/** One page of an owner's tasks. Only what is selected has been read. */
export type TaskPage = {
  tasks: TaskRow[]
  cursorOf: (task: TaskRow) => string
  hasNextPage: boolean
  hasPreviousPage: boolean
  totalCount: number
  changesCursor: () => string
}

type Listing = { filter: TaskFilter; order: TaskOrder; page: Page }

/** Reads all that is selected of a page in one round trip. */
export async function readTaskPage(
  db: Db,
  ownerId: string,
  { filter, order, page }: Listing,
  info: GraphQLResolveInfo,
): Promise<TaskPage> {
  const { columns, hasCursors, hasTasks, sides, ...facts } = selectedOf(info)
  const [more, beyond] = page.backward
    ? (['hasPreviousPage', 'hasNextPage'] as const)
    : (['hasNextPage', 'hasPreviousPage'] as const)
  const parts = { tasks: hasTasks || sides.has(more), beyond: sides.has(beyond), ...facts }
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
    changesCursor: () => encodeChangeCursor(ownerId, read.historyPosition),
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
    historyPosition: connection.has('changesCursor'),
  }
})

/** In the order of all columns, so that the same columns are the same statement. */
function withColumn(columns: readonly TaskColumn[], added: TaskColumn): readonly TaskColumn[] {
  return everyColumn.filter((column) => column === added || columns.includes(column))
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
      resolve: (page) => toPageInfo(page, page.tasks, page.cursorOf),
    }),
    totalCount: t.int({
      description:
        'The number of tasks that match the filter, on all pages. Counted only when this field is selected.',
      resolve: (page) => page.totalCount,
    }),
    changesCursor: t.string({
      description:
        'Where your history stood before this page was read, for `after` of taskChanges and taskChanged: who continues there misses no change.',
      resolve: (page) => page.changesCursor(),
    }),
  }),
})
