import type { TaskOrder as Order } from '#db/pages.ts'
import { findTask } from '#db/tasks.ts'
import { readsTasks } from '../access.ts'
import { builder } from '../builder.ts'
import { bySelection } from '../selection.ts'
import { parseInput } from '../validation.ts'
import { readTaskPage, TaskConnection } from './connection.ts'
import { TaskFilter, TaskOrder, taskFilter } from './inputs.ts'
import { maxTasks, pageArgs, parsePage } from './page-args.ts'
import { columnsOf, Task } from './task.ts'
import { parseTaskId } from './task-ids.ts'

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
      ...pageArgs(t),
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
