import { and, asc, eq, getTableColumns, gt, type InferSelectModel } from 'drizzle-orm'
import { transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { taskChanges, tasks } from './tables.ts'

/** Rows of one statement, so that an export holds few of them in memory. */
const pageSize = 500

const {
  userId: _,
  titleKey,
  descriptionKey,
  priorityRank,
  labelKeys,
  follows,
  ...others
} = getTableColumns(tasks)
const { foldedTitle, foldedDescription, foldedLabels, ...taskColumns } = others
const { userId: __, ...changeColumns } = getTableColumns(taskChanges)

export type ExportedTask = Pick<InferSelectModel<typeof tasks>, keyof typeof taskColumns>
export type ExportedChange = Pick<InferSelectModel<typeof taskChanges>, keyof typeof changeColumns>

/** Every task of an owner without derived columns, also those in the trash, the oldest first. */
export function exportTasks(db: Db, ownerId: string): AsyncGenerator<ExportedTask> {
  return readPages<ExportedTask>((last) =>
    transactionAs(db, ownerId, (tx) =>
      tx
        .select(taskColumns)
        .from(tasks)
        .where(and(eq(tasks.userId, ownerId), last && gt(tasks.id, last.id)))
        .orderBy(asc(tasks.id))
        .limit(pageSize),
    ),
  )
}

/** Every change that the history of an owner keeps, the oldest first. */
export function exportChanges(db: Db, ownerId: string): AsyncGenerator<ExportedChange> {
  return readPages<ExportedChange>((last) =>
    transactionAs(db, ownerId, (tx) =>
      tx
        .select(changeColumns)
        .from(taskChanges)
        .where(
          and(eq(taskChanges.userId, ownerId), last && gt(taskChanges.position, last.position)),
        )
        .orderBy(asc(taskChanges.position))
        .limit(pageSize),
    ),
  )
}

async function* readPages<Row>(
  readAfter: (last: Row | undefined) => Promise<Row[]>,
): AsyncGenerator<Row> {
  let page: Row[] = []
  do {
    page = await readAfter(page.at(-1))
    yield* page
  } while (page.length === pageSize)
}
