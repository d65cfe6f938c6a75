import { and, eq, ne, notExists, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { fold } from './folding.ts'
import { isOwnTask } from './own-tasks.ts'
import { queryAs, sqlBuilder, statement } from './statements.ts'
import { labels, tasks } from './tables.ts'
import { foldedLabels } from './task-columns.ts'

export type LabelCount = { name: string; taskCount: number }

/** The labels that are on at least one task of the owner, in alphabetical order. */
export function listLabels(db: Db, ownerId: string): Promise<LabelCount[]> {
  const list = statement<LabelCount>('list labels', () => {
    const owner = sql.placeholder('ownerId')
    // Counts before joining the names, so that Postgres sorts a few labels and not every use of one.
    const used = sqlBuilder
      .select({
        key: sql<string>`unnest(${foldedLabels})`.as('used_key'),
        taskCount: sql<number>`count(*)`.as('task_count'),
      })
      .from(tasks)
      .where(isOwnTask)
      .groupBy(sql`used_key`)
      .as('used')
    const counted = sqlBuilder
      .select({ name: labels.name, taskCount: used.taskCount })
      .from(used)
      .innerJoin(labels, and(eq(labels.userId, owner), eq(labels.key, used.key)))
      .orderBy(labels.key)
    return { query: counted.toSQL(), readers: { name: labels.name, taskCount: Number } }
  })
  return queryAs(db, ownerId, list, {})
}

/**
 * Replaces each name by the canonical spelling of that label of the owner, so that "work" becomes
 * "Work". A label on no other task takes the new spelling; a task in the trash counts, because it
 * may be restored. Keeps the order and removes duplicates.
 * Call it in a transaction: the labels stay locked until the task is written, so that two concurrent
 * writers cannot store two spellings of one label.
 */
export async function canonicalLabels(
  tx: Db,
  ownerId: string,
  taskId: string,
  names: string[],
): Promise<string[]> {
  const wanted = new Map<string, string>()
  for (const name of names) if (!wanted.has(fold(name))) wanted.set(fold(name), name)
  const canonical = await lockLabels(tx, ownerId, wanted)
  for (const [key, name] of wanted) {
    if (canonical.get(key) === name) continue
    if (await changeSpelling(tx, ownerId, taskId, key, name)) canonical.set(key, name)
  }
  return [...wanted].map(([key, name]) => canonical.get(key) ?? name)
}

async function lockLabels(tx: Db, ownerId: string, wanted: Map<string, string>) {
  if (wanted.size === 0) return new Map<string, string>()
  // Sorted: two writers lock in the same order, so they cannot deadlock.
  const keys = [...wanted.keys()].sort()
  const rows = await tx
    .insert(labels)
    .values(keys.map((key) => ({ userId: ownerId, key, name: wanted.get(key) ?? key })))
    // Setting the name to itself locks and returns an existing label.
    .onConflictDoUpdate({
      target: [labels.userId, labels.key],
      set: { name: sql`${labels.name}` },
    })
    .returning({ key: labels.key, name: labels.name })
  return new Map(rows.map(({ key, name }) => [key, name]))
}

/** True: no other task of the owner has the label, and `name` is now its canonical spelling. */
async function changeSpelling(tx: Db, ownerId: string, taskId: string, key: string, name: string) {
  const otherTasks = tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(
      and(
        eq(tasks.userId, ownerId),
        ne(tasks.id, taskId),
        sql`${foldedLabels} @> array[${key}]::text[]`,
      ),
    )
  const changed = await tx
    .update(labels)
    .set({ name })
    .where(and(eq(labels.userId, ownerId), eq(labels.key, key), notExists(otherTasks)))
    .returning({ key: labels.key })
  return changed.length > 0
}
