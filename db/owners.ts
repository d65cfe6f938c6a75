import { eq } from 'drizzle-orm'
import { type Author, taskwardActor, transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import {
  actorBrakes,
  labels,
  taskChanges,
  taskCounts,
  taskCreations,
  taskHistories,
  tasks,
} from './tables.ts'
import { countTasks } from './task-lists.ts'

const ownedTables = [
  tasks,
  labels,
  taskCounts,
  taskCreations,
  taskChanges,
  taskHistories,
  actorBrakes,
]

/**
 * Deletes all rows of an owner in one transaction, the history too. An owner without rows is no error.
 * It runs as the role that connects, because the role of requests may delete neither tasks nor history.
 */
export async function deleteEverythingOf(db: Db, ownerId: string): Promise<void> {
  const author: Author = { ownerId, actor: taskwardActor, isConnectingRole: true }
  await transactionAs(db, author, async (tx) => {
    for (const table of ownedTables) await tx.delete(table).where(eq(table.userId, ownerId))
  })
}

/** The number of an owner's tasks, open and completed. */
export function countTasksOf(db: Db, ownerId: string): Promise<number> {
  return countTasks(db, ownerId, {})
}
