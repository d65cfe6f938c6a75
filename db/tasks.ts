import { createHash } from 'node:crypto'
import { and, eq, getTableColumns, or, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { asOwner, transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { fold } from './folding.ts'
import { canonicalLabels } from './labels.ts'
import { prepared } from './prepared.ts'
import { type Task, type TaskPriority, taskCreations, tasks } from './tables.ts'
import { isCompleted } from './task-lists.ts'

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

export async function findTask(db: Db, ownerId: string, id: string): Promise<Task | undefined> {
  const statement = prepared(db, 'find task', (name) =>
    db.select().from(tasks).where(isOwn).prepare(name),
  )
  const [task] = await asOwner(ownerId, () => statement.execute({ ownerId, id }))
  return task
}

/** The owner's tasks with these ids, in no particular order. Unknown ids are left out. */
export async function findTasks(db: Db, ownerId: string, ids: string[]): Promise<Task[]> {
  if (ids.length === 0) return []
  const statement = prepared(db, 'find tasks', (name) =>
    db
      .select()
      .from(tasks)
      .where(
        and(
          eq(tasks.userId, placeholder('ownerId')),
          sql`${tasks.id} = any(${placeholder('ids')}::uuid[])`,
        ),
      )
      .prepare(name),
  )
  return asOwner(ownerId, () => statement.execute({ ownerId, ids }))
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
): Promise<Creation> {
  const id = uuidv7()
  const write = async (tx: Db): Promise<Creation> => {
    if (idempotencyKey !== undefined) {
      const earlier = await claimKey(tx, ownerId, idempotencyKey, fingerprintOf(values), id)
      if (earlier) return earlier
    }
    const labels = await canonicalLabels(tx, ownerId, id, values.labels)
    const columns = columnsOf({ ...values, labels })
    const statement = prepared(tx, 'create task', (name) =>
      tx
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
        .returning()
        .prepare(name),
    )
    const [task] = await statement.execute({ ownerId, id, ...columns })
    if (!task) throw new Error('INSERT … RETURNING returned no row.')
    return task
  }
  // A single statement is its own transaction and saves two round trips.
  const single = idempotencyKey === undefined && values.labels.length === 0
  return single ? asOwner(ownerId, () => write(db)) : transactionAs(db, ownerId, write)
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
  ifUpdatedAt?: Date,
): Promise<Task | 'STALE' | undefined> {
  const key = { ownerId, id, ifUpdatedAt }
  const write = async (tx: Db): Promise<Task | undefined> => {
    // Locks the task first: the spelling of a label must not change if the task does not.
    if (values.labels && !(await lockTask(tx, key))) return undefined
    const labels = values.labels && (await canonicalLabels(tx, ownerId, id, values.labels))
    const columns = columnsOf({ ...values, labels })
    const [task] = await updateStatement(tx, columns, completed, ifUpdatedAt).execute({
      ...key,
      ...columns,
    })
    return task
  }
  const task = await (values.labels
    ? transactionAs(db, ownerId, write)
    : asOwner(ownerId, () => write(db)))
  if (task || !ifUpdatedAt) return task
  return (await findTask(db, ownerId, id)) && 'STALE'
}

type TaskKey = { ownerId: string; id: string; ifUpdatedAt: Date | undefined }

async function lockTask(tx: Db, key: TaskKey): Promise<boolean> {
  const statement = prepared(tx, `lock task ${key.ifUpdatedAt ? 'if' : ''}`, (name) =>
    tx
      .select({ id: tasks.id })
      .from(tasks)
      .where(isCurrent(key.ifUpdatedAt))
      .for('update')
      .prepare(name),
  )
  return (await statement.execute(key)).length > 0
}

function isCurrent(ifUpdatedAt: Date | undefined): SQL | undefined {
  return and(isOwn, ifUpdatedAt && eq(tasks.updatedAt, placeholder('ifUpdatedAt')))
}

function updateStatement(
  tx: Db,
  columns: Partial<Columns>,
  completed: boolean | undefined,
  ifUpdatedAt: Date | undefined,
) {
  const changed = (Object.keys(columns) as (keyof Columns)[]).sort()
  const state = completed === undefined ? '' : completed ? 'complete' : 'reopen'
  const shape = changed.map((column) => shortNames[column]).join('')
  return prepared(tx, `update task ${state} ${shape} ${ifUpdatedAt ? 'if' : ''}`, (name) =>
    tx
      .update(tasks)
      .set({
        ...Object.fromEntries(changed.map((column) => [column, placeholder(column)])),
        ...completion(completed),
        updatedAt: touch(changed, completed),
      })
      .where(isCurrent(ifUpdatedAt))
      .returning()
      .prepare(name),
  )
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

const shortNames: Record<keyof Columns, string> = {
  title: 't',
  titleKey: '',
  description: 'd',
  descriptionKey: '',
  dueOn: 'u',
  priority: 'p',
  labels: 'l',
  labelKeys: '',
}

/** The given values and their case-folded forms. */
function columnsOf(values: Partial<TaskValues>): Partial<Columns> {
  const { title, description, labels } = values
  const columns = {
    ...values,
    titleKey: title === undefined ? undefined : fold(title),
    descriptionKey: description ? fold(description) : description,
    labelKeys: labels?.map(fold),
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
}

/** True: the task was deleted. False: the owner has no such task. */
export async function deleteTask(db: Db, ownerId: string, id: string): Promise<boolean> {
  const statement = prepared(db, 'delete task', (name) =>
    db.delete(tasks).where(isOwn).returning({ id: tasks.id }).prepare(name),
  )
  const deleted = await asOwner(ownerId, () => statement.execute({ ownerId, id }))
  return deleted.length > 0
}

/** Returns the ids of the deleted tasks. */
export async function deleteCompletedTasks(db: Db, ownerId: string): Promise<string[]> {
  const gone = db
    .delete(tasks)
    .where(and(eq(tasks.userId, ownerId), isCompleted(true)))
    .returning({ id: tasks.id })
  const deleted = await asOwner(ownerId, () => gone.execute())
  return deleted.map(({ id }) => id)
}
