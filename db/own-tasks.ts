import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { tasks } from './tables.ts'

const isOwned = eq(tasks.userId, sql.placeholder('ownerId'))

/** The owner's tasks. What is in the trash is none of them: only `trash`, restoring and purging see it. */
export const isOwnTask = and(isOwned, isNull(tasks.deletedAt))

/** The owner's tasks in the trash. */
export const isOwnTrash = and(isOwned, isNotNull(tasks.deletedAt))
