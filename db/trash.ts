import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Author } from './as-owner.ts'
import type { Db } from './client.ts'
import { isOwnTask, isOwnTrash } from './own-tasks.ts'
import { queryAs, type Statement, sqlBuilder, statement } from './statements.ts'
import { type Task, tasks } from './tables.ts'
import { everyColumn, pickColumns, type TaskColumn } from './task-columns.ts'
import { isCompleted } from './task-filter.ts'
import { laterTime } from './tasks.ts'

type TaskId = Pick<Task, 'id'>

const hasId = eq(tasks.id, sql.placeholder('id'))

/** Moves a task to the trash. False: the owner has no such task, or it is there already. */
export async function deleteTask(db: Db, author: Author, id: string): Promise<boolean> {
  return (await queryAs(db, author, moveToTrash('delete task', hasId), { id })).length > 0
}

/** Moves the completed tasks to the trash. @returns their ids. */
export async function deleteCompletedTasks(db: Db, author: Author): Promise<string[]> {
  const remove = moveToTrash('delete completed tasks', isCompleted(true))
  return (await queryAs(db, author, remove, {})).map(({ id }) => id)
}

function moveToTrash(shape: string, condition: SQL): Statement<TaskId> {
  return statement<TaskId>(shape, () => {
    const readers = { id: tasks.id }
    const moved = sqlBuilder
      .update(tasks)
      .set({ deletedAt: sql`clock_timestamp()`, updatedAt: laterTime })
      .where(and(isOwnTask, condition))
      .returning(readers)
    return { query: moved.toSQL(), readers }
  })
}

/** Takes a task out of the trash, as it was. Undefined: it is not there. */
export async function restoreTask(
  db: Db,
  author: Author,
  id: string,
  columns: readonly TaskColumn[] = everyColumn,
): Promise<Task | undefined> {
  const restore = statement<Task>(`restore task ${columns}`, () => {
    const readers = pickColumns(columns)
    const restored = sqlBuilder
      .update(tasks)
      .set({ deletedAt: null, updatedAt: laterTime })
      .where(and(isOwnTrash, hasId))
      .returning(readers)
    return { query: restored.toSQL(), readers }
  })
  const [task] = await queryAs(db, author, restore, { id })
  return task
}

/** Deletes a task of the trash for good. False: it is not there. */
export async function purgeTask(db: Db, author: Author, id: string): Promise<boolean> {
  const purge = purgeStatement('purge task', hasId)
  return (await queryAs(db, { ...author, isConnectingRole: true }, purge, { id })).length > 0
}

/** Deletes all tasks of the trash for good. @returns their ids. */
export async function emptyTrash(db: Db, author: Author): Promise<string[]> {
  const purged = await queryAs(
    db,
    { ...author, isConnectingRole: true },
    purgeStatement('empty trash'),
    {},
  )
  return purged.map(({ id }) => id)
}

function purgeStatement(shape: string, condition?: SQL): Statement<TaskId> {
  return statement<TaskId>(shape, () => {
    const readers = { id: tasks.id }
    const purged = sqlBuilder.delete(tasks).where(and(isOwnTrash, condition)).returning(readers)
    return { query: purged.toSQL(), readers }
  })
}
