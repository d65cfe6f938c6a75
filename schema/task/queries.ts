import { decodeCursor, type TaskOrder as Order, type Page } from '#db/pages.ts'
import { findTask } from '#db/tasks.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { badUserInput } from '../errors.ts'
import { parseInput } from '../validation.ts'
import { openTaskPage, TaskConnection } from './connection.ts'
import { TaskFilter, TaskOrder, taskFilter } from './inputs.ts'
import { parseTaskId, Task } from './task.ts'

const defaultPageSize = 20
const maxPageSize = 100
const newestFirst: Order = { field: 'CREATED_AT', direction: 'DESC' }

builder.queryFields((t) => ({
  task: t.withAuth(readsTasks).field({
    type: Task,
    nullable: true,
    description: 'One of your tasks. Null when the id is unknown, malformed or not yours.',
    args: { id: t.arg.id({ required: true, description: 'The id of the task.' }) },
    resolve: (_root, args, { db, viewer }) => {
      const id = parseTaskId(args.id)
      return id === undefined ? null : findTask(db, viewer.id, id)
    },
  }),
  tasks: t.withAuth(readsTasks).field({
    type: TaskConnection,
    description:
      'Your tasks, a page at a time. Pages hold while tasks are added and removed: nothing comes twice, and nothing is skipped that was there all along.',
    args: {
      first: t.arg.int({
        description: 'The first 1 to 100 tasks of the list, or after `after`. 20 unless said.',
      }),
      after: t.arg.string({ description: 'Only what comes after this cursor.' }),
      last: t.arg.int({
        description: 'The last 1 to 100 tasks of the list, or before `before`. Not with `first`.',
      }),
      before: t.arg.string({ description: 'Only what comes before this cursor.' }),
      filter: t.arg({ type: TaskFilter, description: 'Which tasks to list. All unless said.' }),
      orderBy: t.arg({ type: TaskOrder, description: 'CREATED_AT DESC unless said.' }),
    },
    complexity: ({ first, last }) => ({ field: 1, multiplier: maxTasks(last ?? first) }),
    resolve: (_root, args, { db, viewer }) => {
      const order = args.orderBy ?? newestFirst
      const filter = parseInput(taskFilter, args.filter ?? {})
      return openTaskPage({ db, ownerId: viewer.id, filter, order, page: parsePage(order, args) })
    },
  }),
}))

/** A size that is out of bounds is refused later, by its name. */
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
    throw badUserInput('first and last cannot be given together: leave one of them out.', 'last')
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
    `${name} is not a cursor of this list: send one that it answered, with the same orderBy.`,
    name,
  )
}
