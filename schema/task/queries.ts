import { decodeCursor, type TaskOrder as Order, type Page } from '#db/pages.ts'
import { findTask } from '#db/tasks.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { badUserInput } from '../errors.ts'
import { bySelection } from '../selection.ts'
import { parseInput } from '../validation.ts'
import { readTaskPage, TaskConnection } from './connection.ts'
import { TaskFilter, TaskOrder, taskFilter } from './inputs.ts'
import { columnsOf, parseTaskId, Task } from './task.ts'

const defaultPageSize = 20
const maxPageSize = 100
const newestFirst: Order = { field: 'CREATED_AT', direction: 'DESC' }

const taskColumns = bySelection(columnsOf)

builder.queryFields((t) => ({
  task: t.withAuth(readsTasks).field({
    type: Task,
    nullable: true,
    description: 'Returns one of your tasks. Null when the id is unknown, malformed or not yours.',
    args: { id: t.arg.id({ required: true, description: 'The id of the task.' }) },
    resolve: (_root, args, { db, viewer }, info) => {
      const id = parseTaskId(args.id)
      return id === undefined ? null : findTask(db, viewer.id, id, taskColumns(info))
    },
  }),
  tasks: t.withAuth(readsTasks).field({
    type: TaskConnection,
    description:
      'Returns one page of your tasks. Paging is stable while tasks are created and deleted: no task appears twice, and no task is skipped that exists the whole time.',
    args: {
      first: t.arg.int({
        description:
          'The number of tasks from the beginning of the list, or after `after`: 1 to 100. Default: 20.',
      }),
      after: t.arg.string({ description: 'Only tasks after this cursor.' }),
      last: t.arg.int({
        description:
          'The number of tasks from the end of the list, or before `before`: 1 to 100. Not together with `first`.',
      }),
      before: t.arg.string({ description: 'Only tasks before this cursor.' }),
      filter: t.arg({ type: TaskFilter, description: 'Selects the tasks. Default: all tasks.' }),
      orderBy: t.arg({
        type: TaskOrder,
        description: 'The order of the list. Default: CREATED_AT DESC.',
      }),
    },
    complexity: ({ first, last }) => ({ field: 1, multiplier: maxTasks(last ?? first) }),
    resolve: (_root, args, { db, viewer }, info) => {
      const order = args.orderBy ?? newestFirst
      const filter = parseInput(taskFilter, args.filter ?? {})
      return readTaskPage(db, viewer.id, { filter, order, page: parsePage(order, args) }, info)
    },
  }),
}))

/** The resolver refuses a size outside the limits and names the argument. */
function maxTasks(size: number | null | undefined): number {
  return Math.min(Math.max(size ?? defaultPageSize, 1), maxPageSize)
}

type PageArgs = {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

function parsePage(order: Order, { first, after, last, before }: PageArgs): Page {
  if (first != null && last != null) {
    throw badUserInput('first and last cannot be used together. Leave one of them out.', 'last')
  }
  return {
    limit: parsePageSize('last', last) ?? parsePageSize('first', first) ?? defaultPageSize,
    backward: last != null,
    after: parseCursor(order, 'after', after),
    before: parseCursor(order, 'before', before),
  }
}

function parsePageSize(name: string, size: number | null | undefined): number | undefined {
  if (size == null || (size >= 1 && size <= maxPageSize)) return size ?? undefined
  throw badUserInput(`${name} must be 1 to ${maxPageSize}, got ${size}.`, name)
}

function parseCursor(order: Order, name: string, cursor: string | null | undefined) {
  if (cursor == null) return undefined
  const position = decodeCursor(order, cursor)
  if (position) return position
  throw badUserInput(
    `${name} is not a cursor of this list. Use a cursor from a response with the same orderBy.`,
    name,
  )
}
