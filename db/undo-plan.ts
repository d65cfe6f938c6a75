import { fold } from './folding.ts'
import type { TaskChangeRow, TaskState } from './tables.ts'

export type UndoConflictReason = 'CHANGED_SINCE' | 'PURGED' | 'ALREADY_UNDONE'

/** A change, and what decides whether it can be taken back. */
export type Undoable = Pick<TaskChangeRow, 'position' | 'taskId' | 'kind' | 'before' | 'after'> & {
  /** The result of undo_tree (migration 0019): pairs of positions, of a change and of what it has taken back. */
  undoTree: (readonly [at: number, undone: number])[]
  /** The task as it is now, also in the trash. Null: it is purged. */
  current: TaskState | null
}

/** The state that a task gets, which takes back the change at the position `undoes`. */
export type UndoStep = { taskId: string; undoes: number; state: TaskState }

export type UndoPlan = {
  /** Steps of different tasks can be taken at once; those of one task one after the other. */
  passes: UndoStep[][]
  conflicts: { position: number; reason: UndoConflictReason }[]
}

/** A task that moves back to the trash keeps its time there if it is not older than this. 1 hour. */
const maxTrashAgeMs = 3_600_000

/**
 * Decides for each change, the newest first, whether it is taken back, as docs/decisions/0070 defines
 * it. `now` is the time of the database, in ISO 8601.
 */
export function planUndo(changes: readonly Undoable[], respell: Respell, now: string): UndoPlan {
  const states = new Map<string, TaskState>()
  const stepCounts = new Map<string, number>()
  const undos = trackUndos(changes)
  const plan: UndoPlan = { passes: [], conflicts: [] }
  for (const change of changes) {
    const { position, taskId } = change
    const current = states.get(taskId) ?? (change.current && withIsoTimes(change.current))
    const state = takeBack(change, current, undos.isUndone, respell, now)
    if (typeof state === 'string') {
      plan.conflicts.push({ position, reason: state })
      continue
    }
    states.set(taskId, state)
    undos.add(position)
    const count = stepCounts.get(taskId) ?? 0
    stepCounts.set(taskId, count + 1)
    if (count === plan.passes.length) plan.passes.push([])
    const step = { taskId, undoes: position, state: withTrashTime(state, change.current, now) }
    plan.passes[count]?.push(step)
  }
  return plan
}

/** The labels in the spelling that they get on a task (undo-labels.ts). */
export type Respell = (taskId: string, labels: readonly string[]) => string[]

function takeBack(
  { position, kind, before, after, taskId }: Undoable,
  current: TaskState | null,
  isUndone: (position: number) => boolean,
  respell: Respell,
  now: string,
): TaskState | UndoConflictReason {
  if (!current || !after) return 'PURGED'
  if (isUndone(position)) return 'ALREADY_UNDONE'
  const changed = fieldsOf({ ...before, ...after }).filter(
    (field) => !before || !isSame(field, before[field], after[field]),
  )
  if (!changed.every((field) => isSame(field, current[field], after[field]))) return 'CHANGED_SINCE'
  if (kind === 'CREATED' || !before) return { ...current, deletedAt: now }
  const restored = Object.fromEntries(changed.map((field) => [field, before[field]]))
  const state = withIsoTimes({ ...current, ...restored })
  if (!changed.includes('labels')) return state
  const labels = respell(taskId, state.labels)
  const isRespelled = changed.length > 1 || !isSame('labels', labels, current.labels)
  return isRespelled ? { ...state, labels } : 'CHANGED_SINCE'
}

/** A change is undone if a change has taken it back that is not undone itself. */
function trackUndos(changes: readonly Undoable[]) {
  const undoers = new Map<number, Set<number>>()
  const undoneNow = new Set<number>()
  for (const [at, undone] of changes.flatMap(({ undoTree }) => undoTree))
    undoers.set(undone, (undoers.get(undone) ?? new Set()).add(at))
  const isUndone = (position: number): boolean =>
    undoneNow.has(position) ||
    [...(undoers.get(position) ?? [])].some((undoer) => !isUndone(undoer))
  return { isUndone, add: (position: number) => undoneNow.add(position) }
}

const timeFields = new Set<string>(['completedAt', 'deletedAt'])

function fieldsOf(state: TaskState): (keyof TaskState)[] {
  return Object.keys(state) as (keyof TaskState)[]
}

function isSame(field: keyof TaskState, one: TaskState[keyof TaskState], other: typeof one) {
  if (timeFields.has(field) && one !== null && other !== null)
    return Date.parse(String(one)) === Date.parse(String(other))
  return JSON.stringify(one) === JSON.stringify(other)
}

function withIsoTimes(state: TaskState): TaskState {
  return {
    ...state,
    completedAt: state.completedAt && new Date(state.completedAt).toISOString(),
    deletedAt: state.deletedAt && new Date(state.deletedAt).toISOString(),
  }
}

/**
 * The planned time in the trash, or now if it is old: the task would be purged soon. A task that is in
 * the trash keeps its time.
 */
function withTrashTime(state: TaskState, current: TaskState | null, now: string): TaskState {
  const { deletedAt } = state
  if (deletedAt === null || isSame('deletedAt', deletedAt, current?.deletedAt ?? null)) return state
  const isOld = Date.parse(now) - Date.parse(deletedAt) > maxTrashAgeMs
  return isOld ? { ...state, deletedAt: now } : state
}

/** The case-folded labels that the changes may put on a task again. */
export function listLabelKeys(changes: readonly Undoable[]): string[] {
  const names = changes.flatMap(({ before }) => before?.labels ?? [])
  return [...new Set(names.map(fold))]
}
