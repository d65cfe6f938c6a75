import { createHash } from 'node:crypto'
import { and, eq, getTableColumns, or, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { keyOf } from './folding.ts'
import { canonicalLabels } from './labels.ts'
import { queryAs, type Statement, sqlBuilder, statement } from './statements.ts'
import { type Task, type TaskPriority, taskCreations, tasks } from './tables.ts'
import { everyColumn, pickColumns, type TaskColumn } from './task-columns.ts'
import { isCompleted } from './task-filter.ts'

/** The values of a task that its owner sets. */
export type TaskValues = {
  title: string
  description: string | null
  dueOn: string | null // YYYY-MM-DD
  priority: TaskPriority
  labels: string[]
}

/** Values that are left out stay the same. */
export type TaskChange = Partial<TaskValues & { completed: boolean }>

const { placeholder } = sql

/** The owner is part of the key: a task of another owner must look exactly like a missing task. */
const isOwn = and(eq(tasks.userId, placeholder('ownerId')), eq(tasks.id, placeholder('id')))

/** In these functions, `columns` are the columns to read (task-columns.ts). Default: all. */
export async function findTask(
  db: Db,
  ownerId: string,
  id: string,
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Task | undefined> {
  const find = statement<Task>(`find task ${columns}`, () => {
    const readers = pickColumns(columns)
    return { query: sqlBuilder.select(readers).from(tasks).where(isOwn).toSQL(), readers }
  })
  const [task] = await queryAs(db, ownerId, find, { id })
  return task
}

/** The owner's tasks with these ids, in no particular order. Unknown ids are left out. */
export async function findTasks(
  db: Db,
  ownerId: string,
  ids: string[],
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Task[]> {
  if (ids.length === 0) return []
  const find = statement<Task>(`find tasks ${columns}`, () => {
    const readers = pickColumns(columns)
    const found = sqlBuilder
      .select(readers)
      .from(tasks)
      .where(
        and(
          eq(tasks.userId, placeholder('ownerId')),
          sql`${tasks.id} = any(${placeholder('ids')}::uuid[])`,
        ),
      )
    return { query: found.toSQL(), readers }
  })
  return queryAs(db, ownerId, find, { ids })
}

/**
 * The result of createTask. If the owner has used the idempotency key before, it is the task that
 * was created then, or the reason why there is none.
 */
export type Creation = Task | 'KEY_OF_ANOTHER_INPUT' | 'KEY_OF_A_DELETED_TASK'

/** Runs in one transaction: a retry finds the whole first creation, or nothing of it. */
export async function createTask(
  db: Db,
  ownerId: string,
  values: TaskValues,
  idempotencyKey?: string,
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Creation> {
  const id = uuidv7()
  const write = async (tx: Db): Promise<Creation> => {
    if (idempotencyKey !== undefined) {
      const earlier = await claimKey(tx, ownerId, idempotencyKey, fingerprintOf(values), id)
      if (earlier) return earlier
    }
    const labels = await canonicalLabels(tx, ownerId, id, values.labels)
    const written = { ...columnsOf({ ...values, labels }), id }
    const [task] = await queryAs(tx, ownerId, insertStatement(columns), written)
    if (!task) throw new Error('INSERT … RETURNING returned no row.')
    return task
  }
  // A single statement is its own transaction and saves three round trips.
  const single = idempotencyKey === undefined && values.labels.length === 0
  return single ? write(db) : transactionAs(db, ownerId, write)
}

function insertStatement(columns: readonly TaskColumn[]): Statement<Task> {
  return statement<Task>(`create task ${columns}`, () => {
    const readers = pickColumns(columns)
    const inserted = sqlBuilder
      .insert(tasks)
      .values({
        userId: placeholder('ownerId'),
        id: placeholder('id'),
        title: placeholder('title'),
        titleKey: placeholder('titleKey'),
        description: placeholder('description'),
        descriptionKey: placeholder('descriptionKey'),
        dueOn: placeholder('dueOn'),
        priority: placeholder('priority'),
        labels: placeholder('labels'),
        labelKeys: placeholder('labelKeys'),
      })
      .returning(readers)
    return { query: inserted.toSQL(), readers }
  })
}

/** Undefined: the key is new and now belongs to task `id`. Waits for a concurrent claim of the same key. */
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
    .leftJoin(tasks, and(eq(tasks.userId, ownerId), eq(tasks.id, taskCreations.taskId)))
    .where(and(eq(taskCreations.userId, ownerId), eq(taskCreations.key, key)))
  if (earlier?.fingerprint !== fingerprint) return 'KEY_OF_ANOTHER_INPUT'
  return earlier.task ?? 'KEY_OF_A_DELETED_TASK'
}

/** Equal for two inputs if, and only if, all their values are equal. */
function fingerprintOf({ title, description, dueOn, priority, labels }: TaskValues): string {
  const canonical = JSON.stringify([title, description, dueOn, priority, labels])
  return createHash('sha256').update(canonical).digest('base64url')
}

/**
 * Changes the given values and returns the whole task. `updatedAt` changes only if a value does.
 * Undefined: the owner has no such task. STALE: `ifUpdatedAt` is given and differs from the task's
 * `updatedAt`; nothing was changed.
 */
export async function updateTask(
  db: Db,
  ownerId: string,
  id: string,
  { completed, ...values }: TaskChange,
  ifUpdatedAt?: string,
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Task | 'STALE' | undefined> {
  const key = { id, ifUpdatedAt }
  const write = async (tx: Db): Promise<Task | undefined> => {
    // Locks the task first: the spelling of a label must not change if the task does not.
    if (values.labels && !(await lockTask(tx, ownerId, key))) return undefined
    const labels = values.labels && (await canonicalLabels(tx, ownerId, id, values.labels))
    const written = columnsOf({ ...values, labels })
    const update = updateStatement({ written, completed, ifUpdatedAt, columns })
    const [task] = await queryAs(tx, ownerId, update, { ...key, ...written })
    return task
  }
  const task = await (values.labels ? transactionAs(db, ownerId, write) : write(db))
  if (task || !ifUpdatedAt) return task
  return (await findTask(db, ownerId, id, ['id'])) && 'STALE'
}

type TaskKey = { id: string; ifUpdatedAt: string | undefined }

async function lockTask(tx: Db, ownerId: string, key: TaskKey): Promise<boolean> {
  const lock = statement<Pick<Task, 'id'>>(`lock task ${key.ifUpdatedAt ? 'if' : ''}`, () => {
    const readers = { id: tasks.id }
    const locked = sqlBuilder.select(readers).from(tasks).where(isCurrent(key.ifUpdatedAt))
    return { query: locked.for('update').toSQL(), readers }
  })
  return (await queryAs(tx, ownerId, lock, key)).length > 0
}

function isCurrent(ifUpdatedAt: string | undefined): SQL | undefined {
  return and(isOwn, ifUpdatedAt ? eq(tasks.updatedAt, placeholder('ifUpdatedAt')) : undefined)
}

type Update = {
  written: Partial<Columns>
  completed: boolean | undefined
  ifUpdatedAt: string | undefined
  columns: readonly TaskColumn[]
}

function updateStatement({ written, completed, ifUpdatedAt, columns }: Update): Statement<Task> {
  const changed = (Object.keys(written) as (keyof Columns)[]).sort()
  const state = completed === undefined ? '' : completed ? 'complete' : 'reopen'
  const shape = `update task ${state} ${changed} ${ifUpdatedAt ? 'if' : ''} ${columns}`
  return statement<Task>(shape, () => {
    const readers = pickColumns(columns)
    const updated = sqlBuilder
      .update(tasks)
      .set({
        ...Object.fromEntries(changed.map((column) => [column, placeholder(column)])),
        ...completion(completed),
        updatedAt: touch(changed, completed),
      })
      .where(isCurrent(ifUpdatedAt))
      .returning(readers)
    return { query: updated.toSQL(), readers }
  })
}

/** Uses the clock of the database. A completed task keeps its time. */
function completion(completed: boolean | undefined) {
  if (completed === undefined) return {}
  return { completedAt: completed ? sql`coalesce(${tasks.completedAt}, now())` : null }
}

/** At least one millisecond later than before, so that every version has its own `updatedAt`. */
function touch(changed: (keyof Columns)[], completed: boolean | undefined): SQL {
  const table = getTableColumns(tasks)
  const differences = changed.map(
    (name) => sql`${table[name]} is distinct from ${sql.param(placeholder(name), table[name])}`,
  )
  if (completed !== undefined) differences.push(isCompleted(!completed))
  const later = sql`greatest(clock_timestamp(), ${tasks.updatedAt} + interval '1 millisecond')`
  return sql`case when ${or(...differences) ?? sql`false`} then ${later} else ${tasks.updatedAt} end`
}

type Columns = TaskValues & Pick<Task, 'titleKey' | 'descriptionKey' | 'labelKeys'>

/** The given values and their keys. */
function columnsOf(values: Partial<TaskValues>): Partial<Columns> {
  const { title, description, labels } = values
  const columns = {
    ...values,
    titleKey: title === undefined ? undefined : keyOf(title),
    descriptionKey: description ? keyOf(description) : description,
    labelKeys: labels?.map(keyOf),
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
}

/** True: the task was deleted. False: the owner has no such task. */
export async function deleteTask(db: Db, ownerId: string, id: string): Promise<boolean> {
  const remove = statement<Pick<Task, 'id'>>('delete task', () => {
    const readers = { id: tasks.id }
    return { query: sqlBuilder.delete(tasks).where(isOwn).returning(readers).toSQL(), readers }
  })
  return (await queryAs(db, ownerId, remove, { id })).length > 0
}

/** Returns the ids of the deleted tasks. */
export async function deleteCompletedTasks(db: Db, ownerId: string): Promise<string[]> {
  const remove = statement<Pick<Task, 'id'>>('delete completed tasks', () => {
    const readers = { id: tasks.id }
    const deleted = sqlBuilder
      .delete(tasks)
      .where(and(eq(tasks.userId, placeholder('ownerId')), isCompleted(true)))
      .returning(readers)
    return { query: deleted.toSQL(), readers }
  })
  return (await queryAs(db, ownerId, remove, {})).map(({ id }) => id)
}
