import { sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { fold } from './folding.ts'
import { labels } from './tables.ts'
import { listLabelKeys, type Undoable } from './undo-plan.ts'

/**
 * Gives labels that return to tasks their canonical spelling, like canonicalLabels (labels.ts): a label
 * that is on another task keeps the spelling of that one. It follows the tasks of `changes` while they
 * change, so that a thousand of them need two statements.
 */
export async function readSpellings(tx: Db, ownerId: string, changes: readonly Undoable[]) {
  const relabeled = changes.filter(isRelabeled)
  const keys = listLabelKeys(relabeled)
  const used = new Map<string, Set<string>>() // by key: the ids of the tasks, '' for all others
  const spellings = new Map<string, string>()
  if (keys.length > 0) {
    const ids = [...new Set(relabeled.map(({ taskId }) => taskId))]
    for (const { key, name, isUsed } of await findLabels(tx, ownerId, keys, ids)) {
      spellings.set(key, name)
      used.set(key, new Set(isUsed ? [''] : []))
    }
  }
  const stored = new Map(spellings)
  const keysOf = new Map<string, string[]>()
  for (const { taskId, current } of relabeled) setLabels(taskId, current?.labels ?? [])

  function setLabels(taskId: string, names: readonly string[]): void {
    for (const key of keysOf.get(taskId) ?? []) used.get(key)?.delete(taskId)
    keysOf.set(taskId, names.map(fold))
    for (const key of names.map(fold)) used.set(key, (used.get(key) ?? new Set()).add(taskId))
  }

  function respell(taskId: string, names: readonly string[]): string[] {
    setLabels(taskId, [])
    const respelled = names.map((name) => {
      const key = fold(name)
      const canonical = spellings.get(key)
      if (canonical !== undefined && (used.get(key)?.size ?? 0) > 0) return canonical
      spellings.set(key, name)
      return name
    })
    setLabels(taskId, respelled)
    return respelled
  }

  /** Stores the spellings that labels have got. */
  async function store(): Promise<void> {
    const changed = [...spellings].filter(([key, name]) => stored.get(key) !== name)
    if (changed.length === 0) return
    await tx
      .insert(labels)
      .values(changed.map(([key, name]) => ({ userId: ownerId, key, name })))
      .onConflictDoUpdate({
        target: [labels.userId, labels.key],
        set: { name: sql`excluded.name` },
      })
  }

  return { respell, store }
}

function isRelabeled({ before, after }: Undoable): boolean {
  return JSON.stringify(before?.labels ?? []) !== JSON.stringify(after?.labels ?? [])
}

type UsedLabel = { key: string; name: string; isUsed: boolean }

/** `isUsed`: on a task, also in the trash, that is none of `ids`. */
async function findLabels(tx: Db, ownerId: string, keys: string[], ids: string[]) {
  const { rows } = await tx.execute<UsedLabel>(sql`
    with used as materialized (
      select distinct unnest(coalesce(folded_labels, label_keys)) as key from tasks
       where user_id = ${ownerId} and id <> all(${sql.param(ids)}::uuid[])
         and coalesce(folded_labels, label_keys) && ${sql.param(keys)}::text[]
    )
    select key, name, key in (select key from used) as "isUsed" from labels
     where user_id = ${ownerId} and key = any(${sql.param(keys)}::text[])`)
  return rows
}
