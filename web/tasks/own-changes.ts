import type { OwnChanges } from '../api/subscription-exchange.ts'

/** An event of the subscription `taskChanged`. */
export type TaskEvent = {
  kind: 'CREATED' | 'UPDATED' | 'DELETED'
  taskId: string
  task: { id: string; updatedAt: string } | null
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
      const { kind, taskId, task } = data.taskChanged
      if (kind === 'DELETED') return deleted.has(taskId)
      // Deleted meanwhile: an event of its own says so.
      if (!task) return true
      if (deleted.has(taskId)) return !(kind === 'CREATED' && deleted.delete(taskId)) // restored
      const own = updatedAt.get(taskId)
      return own !== undefined && own >= task.updatedAt
    },
  } satisfies OwnChanges
}
