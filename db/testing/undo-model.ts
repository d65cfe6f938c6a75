import type { Actor } from '../actors.ts'
import type { TaskState } from '../tables.ts'
import type { UndoRequest } from '../undo.ts'

/** A change as the model expects it. `position` and times are those of the database. */
export type ModelChange = {
  position: number
  occurredAt: string
  taskId: string
  actor: Actor
  before: TaskState | null
  after: TaskState | null
  undoes: ModelChange | null
}

export type Forecast = {
  undone: ModelChange[]
  conflicts: { change: ModelChange; reason: string }[]
  hasMore: boolean
}

/** Tasks, also in the trash, and their history: what the rules of undo say, one change at a time. */
export function createModel() {
  const tasks = new Map<string, TaskState>()
  const history: ModelChange[] = []
  const undoers = new Map<ModelChange, ModelChange[]>()

  /** A label that is on another task keeps its spelling. */
  function respell(taskId: string, labels: readonly string[]): string[] {
    return labels.map((label) => {
      for (const [id, task] of tasks) {
        const known = task.labels.find((other) => other.toLowerCase() === label.toLowerCase())
        if (id !== taskId && known !== undefined) return known
      }
      return label
    })
  }

  /** Records the new state of a task. Null: it is purged. Undefined: nothing changes. */
  function write(
    taskId: string,
    actor: Actor,
    after: TaskState | null,
    undoes: ModelChange | null = null,
  ): ModelChange | undefined {
    const before = tasks.get(taskId) ?? null
    if (JSON.stringify(before) === JSON.stringify(after)) return undefined
    if (after) tasks.set(taskId, after)
    else tasks.delete(taskId)
    const change = { position: 0, occurredAt: '', taskId, actor, before, after, undoes }
    history.push(change)
    if (undoes) undoers.set(undoes, [...(undoers.get(undoes) ?? []), change])
    return change
  }

  function undoerOf(change: ModelChange): ModelChange | undefined {
    return undoers.get(change)?.find((undoer) => !undoerOf(undoer))
  }

  function select({ positions, actor, occurredAtOrAfter, occurredAtOrBefore }: UndoRequest) {
    const isAsked = (change: ModelChange) =>
      (!positions || positions.includes(change.position)) &&
      (!actor || (actor.kind === change.actor.kind && actor.id === change.actor.id)) &&
      (occurredAtOrAfter === undefined || change.occurredAt >= occurredAtOrAfter) &&
      (occurredAtOrBefore === undefined || change.occurredAt <= occurredAtOrBefore)
    const asked = history.filter(isAsked)
    if (positions) return asked
    return asked.filter((change) => {
      const undoer = undoerOf(change)
      return !undoer || isAsked(undoer)
    })
  }

  /** Takes changes back, and says what the database must answer. `now`: for new times in the trash. */
  function undo(request: UndoRequest, person: Actor, now: string): Forecast {
    const selected = select(request).sort((one, other) => other.position - one.position)
    const forecast: Forecast = { undone: [], conflicts: [], hasMore: selected.length > 1_000 }
    for (const change of selected.slice(0, 1_000)) {
      const reason = takeBack(change, person, now)
      if (typeof reason === 'string') forecast.conflicts.push({ change, reason })
      else forecast.undone.push(reason)
    }
    return forecast
  }

  function takeBack(change: ModelChange, person: Actor, now: string): ModelChange | string {
    const { taskId, before, after } = change
    const task = tasks.get(taskId)
    if (!task || !after) return 'PURGED'
    if (undoerOf(change)) return 'ALREADY_UNDONE'
    const names = (Object.keys(after) as (keyof TaskState)[]).filter(
      (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name]),
    )
    if (names.some((name) => JSON.stringify(task[name]) !== JSON.stringify(after[name])))
      return 'CHANGED_SINCE'
    const state: TaskState = before
      ? { ...task, ...Object.fromEntries(names.map((name) => [name, before[name]])) }
      : { ...task, deletedAt: now }
    if (names.includes('labels')) state.labels = respell(taskId, state.labels)
    if (!before) state.labels = task.labels
    return write(taskId, person, state, change) ?? 'CHANGED_SINCE'
  }

  return { tasks, history, respell, write, undo }
}
