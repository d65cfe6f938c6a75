/** What happened to a task, as a subscription tells it. */
export type ToldChange = {
  kind: 'CREATED' | 'UPDATED' | 'DELETED'
  taskId: string
  task: { id: string; updatedAt: string } | null
}

type Payload = {
  task?: { id: string; updatedAt?: string }
  deletedTaskId?: string
  deletedTaskIds?: string[]
}

/**
 * Remembers what the mutations of this page have done, so that the same, told by the subscription,
 * is not done again.
 */
export function createOwnChanges() {
  const updatedAt = new Map<string, string>() // by task
  const deleted = new Set<string>()

  return {
    /** The answer to a mutation, as it came. */
    note(answer: Record<string, Payload | null> | null | undefined): void {
      for (const payload of Object.values(answer ?? {})) {
        const { task, deletedTaskId, deletedTaskIds = [] } = payload ?? {}
        if (task?.updatedAt) updatedAt.set(task.id, task.updatedAt)
        for (const id of [deletedTaskId, ...deletedTaskIds]) if (id) deleted.add(id)
      }
    },

    /** Whether the page knows this already, or something later. */
    include({ kind, taskId, task }: ToldChange): boolean {
      if (kind === 'DELETED') return deleted.has(taskId)
      if (!task || deleted.has(taskId)) return true // gone by now: its deletion is told as well
      const own = updatedAt.get(taskId)
      return own !== undefined && own >= task.updatedAt
    },
  }
}
