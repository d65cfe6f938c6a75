import { createHash } from 'node:crypto'
import {
  and,
  arrayContains,
  count,
  eq,
  getTableColumns,
  gte,
  inArray,
  isNotNull,
  isNull,
  lte,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { asOwner, transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { fold } from './folding.ts'
import { spellLabels } from './labels.ts'
import { between, orderBy, type Page, type TaskOrder } from './pages.ts'
import { type Task, type TaskPriority, taskCreations, tasks } from './tables.ts'

/** What an owner may say of a task; in a change, what is left out stays. */
export type TaskValues = {
  title: string
  description: string | null
  dueOn: string | null // YYYY-MM-DD
  priority: TaskPriority
  labels: string[]
}

type FoldedColumns = Pick<Task, 'titleKey' | 'descriptionKey' | 'labelKeys'>

export type TaskChange = Partial<TaskValues & { completed: boolean }>

/** All given conditions hold together. */
export type TaskFilter = {
  completed?: boolean
  priority?: TaskPriority[] // any of
  labels?: string[] // all of, without regard to case
  dueOnOrAfter?: string
  dueOnOrBefore?: string
  search?: string // in title, description and labels, without regard to case
}

export async function findTask(db: Db, ownerId: string, id: string): Promise<Task | undefined> {
  const found = db.select().from(tasks).where(isOwn(ownerId, id))
  const [task] = await asOwner(ownerId, () => found.execute())
  return task
}

/** Those of the ids that are the owner's tasks, in no particular order. */
export async function findTasks(db: Db, ownerId: string, ids: string[]): Promise<Task[]> {
  if (ids.length === 0) return []
  const found = db
    .select()
    .from(tasks)
    .where(and(eq(tasks.userId, ownerId), inArray(tasks.id, ids)))
  return asOwner(ownerId, () => found.execute())
}

/** At most `page.limit` tasks, always in the order asked for, whichever way the page is read. */
export async function listTasks(
  db: Db,
  ownerId: string,
  filter: TaskFilter,
  order: TaskOrder,
  page: Page,
): Promise<Task[]> {
  const listed = db
    .select()
    .from(tasks)
    .where(and(eq(tasks.userId, ownerId), matches(filter), between(order, page)))
    .orderBy(...orderBy(order, page.backward))
    .limit(page.limit)
  const found = await asOwner(ownerId, () => listed.execute())
  return page.backward ? found.reverse() : found
}

export async function countTasks(db: Db, ownerId: string, filter: TaskFilter): Promise<number> {
  const counted = db
    .select({ count: count() })
    .from(tasks)
    .where(and(eq(tasks.userId, ownerId), matches(filter)))
  const [row] = await asOwner(ownerId, () => counted.execute())
  return row?.count ?? 0
}

/**
 * What came of a creation. With an idempotency key that the owner has used before: the task it
 * made then, or why there is none to answer with.
 */
export type Creation = Task | 'KEY_OF_ANOTHER_INPUT' | 'KEY_OF_A_DELETED_TASK'

/** One transaction: a retried creation finds all of the first one, or nothing. */
export async function createTask(
  db: Db,
  ownerId: string,
  values: TaskValues,
  idempotencyKey?: string,
): Promise<Creation> {
  const id = uuidv7()
  const write = async (tx: Db): Promise<Creation> => {
    if (idempotencyKey !== undefined) {
      const earlier = await claimKey(tx, ownerId, idempotencyKey, fingerprintOf(values), id)
      if (earlier) return earlier
    }
    const labels = await spellLabels(tx, ownerId, id, values.labels)
    const columns = { ...values, labels, ...foldedColumns({ ...values, labels }) }
    const [task] = await tx
      .insert(tasks)
      .values({ userId: ownerId, id, ...columns })
      .returning()
    if (!task) throw new Error('INSERT … RETURNING answered no row.')
    return task
  }
  // A single statement is a transaction of its own, and costs two round trips less.
  const single = idempotencyKey === undefined && values.labels.length === 0
  return single ? asOwner(ownerId, () => write(db)) : transactionAs(db, ownerId, write)
}

/** Undefined: the key is new, and now belongs to task `id`. Waits for a rival that claims the same key. */
async function claimKey(
  tx: Db,
  ownerId: string,
  key: string,
  fingerprint: string,
  id: string,
): Promise<Creation | undefined> {
  const claimed = await tx
    .insert(taskCreations)
    .values({ userId: ownerId, key, fingerprint, taskId: id })
    .onConflictDoNothing()
    .returning({ key: taskCreations.key })
  if (claimed.length > 0) return undefined
  const [earlier] = await tx
    .select({ fingerprint: taskCreations.fingerprint, task: getTableColumns(tasks) })
    .from(taskCreations)
    .leftJoin(tasks, isOwn(ownerId, taskCreations.taskId))
    .where(and(eq(taskCreations.userId, ownerId), eq(taskCreations.key, key)))
  if (earlier?.fingerprint !== fingerprint) return 'KEY_OF_ANOTHER_INPUT'
  return earlier.task ?? 'KEY_OF_A_DELETED_TASK'
}

/** Equal for two inputs exactly when they ask for the same task. */
function fingerprintOf({ title, description, dueOn, priority, labels }: TaskValues): string {
  const canonical = JSON.stringify([title, description, dueOn, priority, labels])
  return createHash('sha256').update(canonical).digest('base64url')
}

/**
 * Changes what is given and answers the whole task; `updatedAt` moves only if something became
 * different. Undefined: the owner has no such task. STALE: `ifUpdatedAt` is given and no longer
 * the task's, and nothing was changed.
 */
export async function updateTask(
  db: Db,
  ownerId: string,
  id: string,
  { completed, ...values }: TaskChange,
  ifUpdatedAt?: Date,
): Promise<Task | 'STALE' | undefined> {
  const isCurrent = and(isOwn(ownerId, id), ifUpdatedAt && eq(tasks.updatedAt, ifUpdatedAt))
  const write = async (tx: Db): Promise<Task | undefined> => {
    // Locked first: no label may be respelled for a change that is then not made.
    if (values.labels && !(await lockTask(tx, isCurrent))) return undefined
    const labels = values.labels && (await spellLabels(tx, ownerId, id, values.labels))
    const columns = { ...values, labels, ...foldedColumns({ ...values, labels }) }
    const [task] = await tx
      .update(tasks)
      .set({ ...columns, ...completion(completed), updatedAt: touch(columns, completed) })
      .where(isCurrent)
      .returning()
    return task
  }
  const task = await (values.labels
    ? transactionAs(db, ownerId, write)
    : asOwner(ownerId, () => write(db)))
  if (task || !ifUpdatedAt) return task
  return (await findTask(db, ownerId, id)) && 'STALE'
}

async function lockTask(tx: Db, isCurrent: SQL | undefined): Promise<boolean> {
  const rows = await tx.select({ id: tasks.id }).from(tasks).where(isCurrent).for('update')
  return rows.length > 0
}

/** The database's clock; an earlier completion keeps its time. */
function completion(completed: boolean | undefined) {
  if (completed === undefined) return {}
  return { completedAt: completed ? sql`coalesce(${tasks.completedAt}, now())` : null }
}

/** At least a millisecond later than before, so that `ifUpdatedAt` tells any two versions apart. */
function touch(columns: Partial<Task>, completed: boolean | undefined): SQL {
  const table = getTableColumns(tasks)
  const differences = (Object.keys(columns) as (keyof Task)[])
    .filter((name) => columns[name] !== undefined)
    .map((name) => sql`${table[name]} is distinct from ${sql.param(columns[name], table[name])}`)
  if (completed !== undefined) differences.push(isCompleted(!completed))
  const later = sql`greatest(clock_timestamp(), ${tasks.updatedAt} + interval '1 millisecond')`
  return sql`case when ${or(...differences) ?? sql`false`} then ${later} else ${tasks.updatedAt} end`
}

/** The columns to compare by, of whichever columns are given. */
function foldedColumns<Values extends Partial<TaskValues>>({ title, description, labels }: Values) {
  return {
    titleKey: title === undefined ? undefined : fold(title),
    descriptionKey: description ? fold(description) : description,
    labelKeys: labels?.map(fold),
  } as Values extends TaskValues ? FoldedColumns : Partial<FoldedColumns>
}

/** True when the owner had this task; it is gone for good. */
export async function deleteTask(db: Db, ownerId: string, id: string): Promise<boolean> {
  const gone = db.delete(tasks).where(isOwn(ownerId, id)).returning({ id: tasks.id })
  const deleted = await asOwner(ownerId, () => gone.execute())
  return deleted.length > 0
}

/** The ids of the deleted tasks. */
export async function deleteCompletedTasks(db: Db, ownerId: string): Promise<string[]> {
  const gone = db
    .delete(tasks)
    .where(and(eq(tasks.userId, ownerId), isNotNull(tasks.completedAt)))
    .returning({ id: tasks.id })
  const deleted = await asOwner(ownerId, () => gone.execute())
  return deleted.map(({ id }) => id)
}

/** The owner is part of the key: another owner's task must look exactly like no task. */
function isOwn(ownerId: string, id: string | typeof taskCreations.taskId) {
  return and(eq(tasks.userId, ownerId), eq(tasks.id, id))
}

function matches(filter: TaskFilter): SQL | undefined {
  const { completed, priority, labels = [], dueOnOrAfter, dueOnOrBefore, search } = filter
  const conditions = [
    completed === undefined ? undefined : isCompleted(completed),
    priority && inArray(tasks.priority, priority),
    // Drizzle refuses to compare with an empty array; "all of nothing" is no condition.
    labels.length > 0 ? arrayContains(tasks.labelKeys, labels.map(fold)) : undefined,
    dueOnOrAfter === undefined ? undefined : gte(tasks.dueOn, dueOnOrAfter),
    dueOnOrBefore === undefined ? undefined : lte(tasks.dueOn, dueOnOrBefore),
    search === undefined ? undefined : contains(fold(search)),
  ]
  return and(...conditions)
}

function isCompleted(completed: boolean): SQL {
  return completed ? isNotNull(tasks.completedAt) : isNull(tasks.completedAt)
}

/** strpos and not LIKE: in a search % and _ are ordinary characters. */
function contains(text: string): SQL | undefined {
  // Folded text has no capitals, so a search cannot match across the end of a label.
  const labels = sql`array_to_string(${tasks.labelKeys}, 'A')`
  return or(
    ...[tasks.titleKey, tasks.descriptionKey, labels].map(
      (key) => sql`strpos(${key}, ${text}) > 0`,
    ),
  )
}
