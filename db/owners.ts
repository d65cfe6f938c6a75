import { eq } from 'drizzle-orm'
import { transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { labels, taskCreations, tasks } from './tables.ts'
import { countTasks } from './task-lists.ts'

/** Deletes all rows of an owner in one transaction. An owner without rows is no error. */
export async function deleteEverythingOf(db: Db, ownerId: string): Promise<void> {
  await transactionAs(db, ownerId, async (tx) => {
    await tx.delete(tasks).where(eq(tasks.userId, ownerId))
    await tx.delete(labels).where(eq(labels.userId, ownerId))
    await tx.delete(taskCreations).where(eq(taskCreations.userId, ownerId))
  })
}

/** The number of an owner's tasks, open and completed. */
export function countTasksOf(db: Db, ownerId: string): Promise<number> {
  return countTasks(db, ownerId, {})
}
