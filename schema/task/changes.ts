import type { GraphQLResolveInfo } from 'graphql'
import { encodeChangeCursor } from '#db/change-cursors.ts'
import { type ChangeFilter, type ChangesPage, readChanges } from '#db/task-history.ts'
import { readsTasks } from '../access.ts'
import { parseActorId } from '../actor-ids.ts'
import { builder } from '../builder.ts'
import { parseChangeCursor, requireKept } from '../change-cursors.ts'
import type { Change } from '../change-source.ts'
import type { ViewerContext } from '../context.ts'
import { badUserInput } from '../errors.ts'
import { PageInfo, perPage, toPageInfo } from '../page-info.ts'
import { bySelection } from '../selection.ts'
import { changeColumnsOf, TaskChange } from './change.ts'
import { type PageArgs, parsePageSize } from './page-args.ts'
import { columnsOf } from './task.ts'
import { parseTaskId } from './task-ids.ts'

const defaultPageSize = 100
const maxPageSize = 500

const TaskChangeFilter = builder.inputType('TaskChangeFilter', {
  description: 'Selects changes. All given conditions hold together.',
  fields: (t) => ({
    taskId: t.id({ description: 'Only changes of this task.' }),
    actorId: t.id({ description: 'Only changes by the actor with this `Actor.id`.' }),
    occurredAtOrAfter: t.field({
      type: 'DateTime',
      description: 'Only changes at this time or later.',
    }),
  }),
})

const cursorOf = ({ userId, position }: Change) => encodeChangeCursor(userId, position)

const TaskChangeEdge = builder.objectRef<Change>('TaskChangeEdge').implement({
  description: 'A change and its position in your history.',
  fields: (t) => ({
    cursor: t.string({ description: 'The cursor of the change.', resolve: cursorOf }),
    node: t.field({ type: TaskChange, description: 'The change.', resolve: (change) => change }),
  }),
})

type DirectedPage = ChangesPage & { isBackward: boolean }

const TaskChangeConnection = builder.objectRef<DirectedPage>('TaskChangeConnection').implement({
  description: 'A page of changes (Relay Cursor Connections).',
  fields: (t) => ({
    edges: t.field({
      type: [TaskChangeEdge],
      description: 'The changes of the page, each with its cursor.',
      complexity: perPage,
      resolve: ({ changes }) => changes,
    }),
    nodes: t.field({
      type: [TaskChange],
      description: 'The changes of the page.',
      complexity: perPage,
      resolve: ({ changes }) => changes,
    }),
    pageInfo: t.field({
      type: PageInfo,
      description: 'The position of this page in the list.',
      resolve: ({ changes, isBackward, hasMore, hasBeyond }) =>
        toPageInfo(
          isBackward
            ? { hasNextPage: hasBeyond, hasPreviousPage: hasMore }
            : { hasNextPage: hasMore, hasPreviousPage: hasBeyond },
          changes,
          cursorOf,
        ),
    }),
  }),
})

const selectedOf = bySelection((connection) => {
  const nodes = connection.get('nodes') ?? new Map()
  const change = new Map([...(connection.get('edges')?.get('node') ?? []), ...nodes])
  return {
    columns: changeColumnsOf(change),
    taskColumns: change.has('task') ? columnsOf(change.get('task')) : undefined,
    pageInfo: connection.get('pageInfo'),
  }
})

type FilterInput = typeof TaskChangeFilter.$inferInput
type Args = PageArgs & { filter?: FilterInput | null }

builder.queryField('taskChanges', (t) =>
  t.withAuth(readsTasks).field({
    type: TaskChangeConnection,
    description:
      'Returns changes of your tasks, each exactly once and the oldest first. After the last page, ask again with the cursor of the last change: the changes since then follow without a gap.',
    args: {
      first: t.arg.int({ description: 'The number of changes: 1 to 500. Default: 100.' }),
      after: t.arg.string({
        description:
          'Only changes after this cursor: from taskChanges, taskChanged or changesCursor. Null: from the oldest that is kept. When changes after it are no longer kept, the error is CURSOR_EXPIRED.',
      }),
      last: t.arg.int({
        description:
          'The number of changes from the end, the latest ones: 1 to 500. Not together with `first` or `after`.',
      }),
      before: t.arg.string({
        description: 'Only changes before this cursor. Needs `last`.',
      }),
      filter: t.arg({ type: TaskChangeFilter, description: 'Selects changes. Default: all.' }),
    },
    complexity: ({ first, last }) => ({
      field: 1,
      multiplier: Math.min(Math.max(last ?? first ?? defaultPageSize, 1), maxPageSize),
    }),
    resolve: (_root, args, context, info) => readPage(args, context, info),
  }),
)

async function readPage(
  args: Args,
  { db, viewer }: ViewerContext,
  info: GraphQLResolveInfo,
): Promise<DirectedPage> {
  const { after, before, limit, isBackward } = parsePage(args, viewer.id)
  const { pageInfo, ...selected } = selectedOf(info)
  const page = await readChanges(db, viewer.id, {
    after: after ?? 0,
    before: isBackward ? (before ?? Number.MAX_SAFE_INTEGER) : undefined,
    limit,
    filter: parseFilter(args.filter),
    beyond: pageInfo?.has(isBackward ? 'hasNextPage' : 'hasPreviousPage') ?? false,
    ...selected,
  })
  if (after !== undefined) requireKept(after, page)
  return { ...page, isBackward }
}

function parsePage({ first, after, last, before }: Args, ownerId: string) {
  if (last != null && (first != null || after != null))
    throw badUserInput('last cannot be used together with first or after. Leave it out.', 'last')
  if (before != null && last == null)
    throw badUserInput('before needs last, the number of changes. Send both.', 'before')
  return {
    isBackward: last != null,
    limit: parsePageSize({ first, last }, maxPageSize) ?? defaultPageSize,
    after: after == null ? undefined : parseChangeCursor(ownerId, after),
    before: before == null ? undefined : parseChangeCursor(ownerId, before, 'before'),
  }
}

const unknownTask = '00000000-0000-0000-0000-000000000000'
const unknownActor = { kind: 'PERSON', id: '' } as const

/** An id that is malformed matches nothing, like one that is unknown. */
function parseFilter(filter: FilterInput | null | undefined): ChangeFilter {
  const { taskId, actorId, occurredAtOrAfter } = filter ?? {}
  return {
    ...(taskId != null && { taskId: parseTaskId(taskId) ?? unknownTask }),
    ...(actorId != null && { actor: parseActorId(actorId) ?? unknownActor }),
    ...(occurredAtOrAfter != null && { occurredAtOrAfter: occurredAtOrAfter.toISOString() }),
  }
}
