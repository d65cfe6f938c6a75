import { eq } from 'drizzle-orm'
import { transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { labels, taskCounts, taskCreations, tasks } from './tables.ts'
import { countTasks } from './task-lists.ts'

/**
 * Deletes all rows of an owner in one transaction. An owner without rows is no error. Tasks and labels
 * go in one statement, because its triggers lock the row of `task_counts` at the end: other writers
 * lock their task, then labels, then that row, so there is no deadlock.
 */
export async function deleteEverythingOf(db: Db, ownerId: string): Promise<void> {
  await transactionAs(db, ownerId, async (tx) => {
    const ownLabels = tx
      .$with('own_labels')
      .as(tx.delete(labels).where(eq(labels.userId, ownerId)).returning({ key: labels.key }))
    await tx.with(ownLabels).delete(tasks).where(eq(tasks.userId, ownerId))
    await tx.delete(taskCounts).where(eq(taskCounts.userId, ownerId))
    await tx.delete(taskCreations).where(eq(taskCreations.userId, ownerId))
  })
}

/** The number of an owner's tasks, open and completed. */
export function countTasksOf(db: Db, ownerId: string): Promise<number> {
  return countTasks(db, ownerId, {})
}
