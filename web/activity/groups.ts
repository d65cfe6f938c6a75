import { localDate } from '../ui/date-words.ts'
import { type Actor, type Change, canBeUndone, type Deed, deedOf } from './change.ts'

/** Changes of one actor that are shown as one line, the newest first. */
export type ChangeGroup = {
  /** Of the oldest change: it stays the same while newer changes join the group. */
  id: string
  actor: Actor
  deed: Deed
  changes: [Change, ...Change[]]
  /** Whether older changes that are not loaded may belong to it. */
  isCut: boolean
}

/** Changes further apart are in two groups. */
const maxGapMs = 5 * 60_000

/**
 * Groups changes of the same actor and deed that follow each other closely. `changes` has the newest
 * first; `hasOlder`: there are more that are not loaded.
 */
export function groupChanges(changes: readonly Change[], hasOlder: boolean): ChangeGroup[] {
  const groups: ChangeGroup[] = []
  for (const change of changes) {
    const group = groups.at(-1)
    if (group && belongsTo(group, change)) {
      group.changes.push(change)
      group.id = change.id
    } else {
      const { id, actor } = change
      groups.push({ id, actor, deed: deedOf(change), changes: [change], isCut: false })
    }
  }
  const oldest = groups.at(-1)
  if (oldest) oldest.isCut = hasOlder
  return groups
}

function belongsTo({ actor, deed, changes }: ChangeGroup, change: Change): boolean {
  const next = changes.at(-1) ?? changes[0]
  const gapMs = Date.parse(next.occurredAt) - Date.parse(change.occurredAt)
  const isSameDay = dayOf(next) === dayOf(change)
  return actor.id === change.actor.id && deed === deedOf(change) && isSameDay && gapMs <= maxGapMs
}

/** The local calendar date of a change. */
export function dayOf({ occurredAt }: Change): string {
  return localDate(new Date(occurredAt))
}

/** The groups of each day, the latest day first. */
export function groupByDay(groups: readonly ChangeGroup[]): [day: string, ChangeGroup[]][] {
  const days = new Map<string, ChangeGroup[]>()
  for (const group of groups) {
    const day = dayOf(group.changes[0])
    days.set(day, [...(days.get(day) ?? []), group])
  }
  return [...days]
}

/**
 * The ids of the changes that are undone, of those that are loaded. A change whose undo was undone is
 * in effect again.
 */
export function findUndone(changes: readonly Change[]): Set<string> {
  const undone = new Set<string>()
  // The newest first, so that each undo is judged before what it undoes.
  for (const { id, undoes } of changes) if (undoes !== null && !undone.has(id)) undone.add(undoes)
  const loaded = new Set(changes.map(({ id }) => id))
  for (const { id, undoneBy } of changes)
    if (undoneBy !== null && !loaded.has(undoneBy)) undone.add(id)
  return undone
}

/** The changes of a group that a person can take back. */
export function listUndoable({ changes }: ChangeGroup, undone: ReadonlySet<string>): Change[] {
  return changes.filter((change) => canBeUndone(change) && !undone.has(change.id))
}
