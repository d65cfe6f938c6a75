import type { OwnChanges } from '../api/subscription-exchange.ts'
import type { TaskChangeKind } from '../gql/graphql.ts'

/** An event of the subscription `taskChanged`. */
export type TaskEvent = {
  kind: TaskChangeKind
  taskId: string
  occurredAt: string
  /** As it is now, which may be later than the event. Null: it is deleted permanently. */
  task: { id: string; updatedAt: string; deletedAt: string | null } | null
}

type Payload = {
  task?: { id: string; updatedAt?: string }
  deletedTaskId?: string
  deletedTaskIds?: string[]
}

/** Remembers what this page's mutations changed, so that their events are not applied again. */
export function createOwnChanges() {
  const updatedAt = new Map<string, string>() // by task
  const deleted = new Set<string>()

  return {
    note(data: Record<string, Payload | null> | null | undefined): void {
      for (const payload of Object.values(data ?? {})) {
        const { task, deletedTaskId, deletedTaskIds = [] } = payload ?? {}
        if (task?.updatedAt) {
          updatedAt.set(task.id, task.updatedAt)
          deleted.delete(task.id) // restored
        }
        for (const id of [deletedTaskId, ...deletedTaskIds]) if (id) deleted.add(id)
      }
    },

    /** Whether the page knows this change already, or a later one. */
    include(data: { taskChanged?: TaskEvent } | null | undefined): boolean {
      if (!data?.taskChanged) return false
      const { kind, taskId, occurredAt, task } = data.taskChanged
      const own = updatedAt.get(taskId)
      if (kind === 'DELETED') return deleted.has(taskId) || (own !== undefined && own > occurredAt)
      if (kind === 'RESTORED') deleted.delete(taskId)
      if (kind === 'PURGED') return false
      // In the trash meanwhile: an event of its own says so.
      if (!task || task.deletedAt !== null || deleted.has(taskId)) return true
      return own !== undefined && own >= task.updatedAt
    },
  } satisfies OwnChanges
}
