import { and, arrayContains, eq, ne, notExists, sql } from 'drizzle-orm'
import { asOwner } from './as-owner.ts'
import type { Db } from './client.ts'
import { fold } from './folding.ts'
import { labels, tasks } from './tables.ts'

export type LabelCount = { name: string; taskCount: number }

/** The labels that at least one of the owner's tasks bears, in alphabetical order. */
export async function listLabels(db: Db, ownerId: string): Promise<LabelCount[]> {
  // Counted before the names are joined: a few labels, and not every bearing, are then sorted.
  const borne = db
    .select({
      key: sql<string>`unnest(${tasks.labelKeys})`.as('borne_key'),
      taskCount: sql<number>`count(*)::int`.as('task_count'),
    })
    .from(tasks)
    .where(eq(tasks.userId, ownerId))
    .groupBy(sql`borne_key`)
    .as('borne')
  const counted = db
    .select({ name: labels.name, taskCount: borne.taskCount })
    .from(borne)
    .innerJoin(labels, and(eq(labels.userId, ownerId), eq(labels.key, borne.key)))
    .orderBy(labels.key)
  return asOwner(ownerId, () => counted.execute())
}

/**
 * Gives each name the spelling that its owner already uses for that label, so that "work" joins
 * "Work"; a label that no other task bears takes the new spelling. Keeps the order, drops
 * repetitions. Call it in a transaction: the labels stay locked until the task that bears them is
 * written, or two writers could spell one label in two ways.
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
    if (await respell(tx, ownerId, taskId, key, name)) canonical.set(key, name)
  }
  return [...wanted].map(([key, name]) => canonical.get(key) ?? name)
}

async function lockLabels(tx: Db, ownerId: string, wanted: Map<string, string>) {
  if (wanted.size === 0) return new Map<string, string>()
  // Sorted, so that two writers lock in the same order and never wait for each other.
  const keys = [...wanted.keys()].sort()
  const rows = await tx
    .insert(labels)
    .values(keys.map((key) => ({ userId: ownerId, key, name: wanted.get(key) ?? key })))
    // Setting the name to itself locks and returns a label that is there already.
    .onConflictDoUpdate({
      target: [labels.userId, labels.key],
      set: { name: sql`${labels.name}` },
    })
    .returning({ key: labels.key, name: labels.name })
  return new Map(rows.map(({ key, name }) => [key, name]))
}

/** True when no other task of the owner bears the label, and it is now canonical `name`. */
async function respell(tx: Db, ownerId: string, taskId: string, key: string, name: string) {
  const bearers = tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(
      and(eq(tasks.userId, ownerId), ne(tasks.id, taskId), arrayContains(tasks.labelKeys, [key])),
    )
  const respelled = await tx
    .update(labels)
    .set({ name })
    .where(and(eq(labels.userId, ownerId), eq(labels.key, key), notExists(bearers)))
    .returning({ key: labels.key })
  return respelled.length > 0
}
