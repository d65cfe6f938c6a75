import { createHash } from 'node:crypto'
import { and, eq, getTableColumns, isNull, or, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { type Author, transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { keyOf } from './folding.ts'
import { canonicalLabels } from './labels.ts'
import { isOwnTask } from './own-tasks.ts'
import { queryAs, type Statement, sqlBuilder, statement } from './statements.ts'
import { type Task, type TaskPriority, type TaskRepeat, taskCreations, tasks } from './tables.ts'
import { everyColumn, pickColumns, type TaskColumn } from './task-columns.ts'
import { isCompleted } from './task-filter.ts'

/** The values of a task that its owner sets. */
export type TaskValues = {
  title: string
  description: string | null
  dueOn: string | null // YYYY-MM-DD
  priority: TaskPriority
  labels: string[]
  /** Null, or left out for a new task: it does not repeat. */
  repeat?: TaskRepeat | null | undefined
}

/** Values that are left out stay the same. */
export type TaskChange = Partial<TaskValues & { completed: boolean }>

const { placeholder } = sql

/**
 * The owner is part of the key: a task of another owner must look exactly like a missing task. So does
 * one in the trash.
 */
const isOwn = and(isOwnTask, eq(tasks.id, placeholder('id')))

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

/** The task that the completion of task `id` has made. Undefined: there is none, or it is in the trash. */
export async function findNextTask(
  db: Db,
  ownerId: string,
  id: string,
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Task | undefined> {
  const find = statement<Task>(`find next task ${columns}`, () => {
    const readers = pickColumns(columns)
    const follows = and(isOwnTask, eq(tasks.follows, placeholder('id')))
    return { query: sqlBuilder.select(readers).from(tasks).where(follows).toSQL(), readers }
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
      .where(and(isOwnTask, sql`${tasks.id} = any(${placeholder('ids')}::uuid[])`))
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
  author: Author,
  values: TaskValues,
  idempotencyKey?: string,
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Creation> {
  const id = uuidv7()
  const { ownerId } = author
  const write = async (tx: Db): Promise<Creation> => {
    if (idempotencyKey !== undefined) {
      const earlier = await claimKey(tx, ownerId, idempotencyKey, fingerprintOf(values), id)
      if (earlier) return earlier
    }
    const labels = await canonicalLabels(tx, ownerId, id, values.labels)
    const written = { ...columnsOf({ ...values, labels }), id }
    const [task] = await queryAs(tx, author, insertStatement(columns), written)
    if (!task) throw new Error('INSERT … RETURNING returned no row.')
    return task
  }
  // A single statement is its own transaction and saves three round trips.
  const single = idempotencyKey === undefined && values.labels.length === 0
  return single ? write(db) : transactionAs(db, author, write)
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
        repeat: placeholder('repeat'),
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
    .leftJoin(
      tasks,
      and(eq(tasks.userId, ownerId), eq(tasks.id, taskCreations.taskId), isNull(tasks.deletedAt)),
    )
    .where(and(eq(taskCreations.userId, ownerId), eq(taskCreations.key, key)))
  if (earlier?.fingerprint !== fingerprint) return 'KEY_OF_ANOTHER_INPUT'
  return earlier.task ?? 'KEY_OF_A_DELETED_TASK'
}

/** Equal for two inputs if, and only if, all their values are equal. */
function fingerprintOf(values: TaskValues): string {
  const { title, description, dueOn, priority, labels, repeat } = values
  // Keys of tasks that do not repeat are the same as in earlier versions.
  const canonical = JSON.stringify([
    ...[title, description, dueOn, priority, labels],
    ...(repeat ? [repeat] : []),
  ])
  return createHash('sha256').update(canonical).digest('base64url')
}

/**
 * Changes the given values and returns the whole task. `updatedAt` changes only if a value does.
 * Undefined: the owner has no such task. STALE: `ifUpdatedAt` is given and differs from the task's
 * `updatedAt`; nothing was changed.
 */
export async function updateTask(
  db: Db,
  author: Author,
  id: string,
  { completed, ...values }: TaskChange,
  ifUpdatedAt?: string,
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Task | 'STALE' | undefined> {
  const key = { id, ifUpdatedAt }
  const { ownerId } = author
  const write = async (tx: Db): Promise<Task | undefined> => {
    // Locks the task first: the spelling of a label must not change if the task does not.
    if (values.labels && !(await lockTask(tx, ownerId, key))) return undefined
    const labels = values.labels && (await canonicalLabels(tx, ownerId, id, values.labels))
    const written = columnsOf({ ...values, labels })
    const update = updateStatement({ written, completed, ifUpdatedAt, columns })
    const [task] = await queryAs(tx, author, update, { ...key, ...written })
    return task
  }
  const task = await (values.labels ? transactionAs(db, author, write) : write(db))
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
        ...repetition(changed),
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

const ruleOf = sql`${tasks.repeat} - 'day'`

/** The same rule keeps the day of the month that it aims at. Another due date is the new one to aim at. */
function repetition(changed: (keyof Columns)[]) {
  const given = sql.param(placeholder('repeat'), tasks.repeat)
  const repeat = changed.includes('repeat')
    ? sql`case when ${ruleOf} = ${given} then ${tasks.repeat} else ${given} end`
    : sql`${tasks.repeat}`
  const dueOn = sql.param(placeholder('dueOn'), tasks.dueOn)
  if (changed.includes('dueOn'))
    return {
      repeat: sql`case when ${tasks.dueOn} is distinct from ${dueOn} then (${repeat}) - 'day' else ${repeat} end`,
    }
  return changed.includes('repeat') ? { repeat } : {}
}

/** For `updatedAt`: at least one millisecond later than before, so that every version has its own `updatedAt`. */
export const laterTime = sql`greatest(clock_timestamp(), ${tasks.updatedAt} + interval '1 millisecond')`

/** The time stays the same if no value changes. */
function touch(changed: (keyof Columns)[], completed: boolean | undefined): SQL {
  const table = getTableColumns(tasks)
  const differences = changed.map((name) => {
    const stored = name === 'repeat' ? ruleOf : sql`${table[name]}`
    return sql`${stored} is distinct from ${sql.param(placeholder(name), table[name])}`
  })
  if (completed !== undefined) differences.push(isCompleted(!completed))
  return sql`case when ${or(...differences) ?? sql`false`} then ${laterTime} else ${tasks.updatedAt} end`
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
