import { createSignal } from '../ui/signal.ts'

/**
 * Tasks that were deleted on the screen but not yet through the API, whose delete is final: until
 * `commit` the deletion can be undone. Lists leave these tasks out.
 */
export type Deletion = { id: string; title: string; completed: boolean }

export function createDeletions(execute: (deletion: Deletion) => Promise<void>) {
  let hidden: readonly Deletion[] = []
  const running = new Map<string, Promise<void>>()
  const changed = createSignal()

  function become(next: readonly Deletion[]) {
    hidden = next
    changed.emit()
  }

  const release = (id: string) => become(hidden.filter((one) => one.id !== id))

  function commit(id: string): Promise<void> {
    const deletion = hidden.find((one) => one.id === id)
    if (!deletion) return Promise.resolve()
    const commitment =
      running.get(id) ??
      execute(deletion).finally(() => {
        running.delete(id)
        release(id)
      })
    running.set(id, commitment)
    return commitment
  }

  return {
    get: () => hidden,
    subscribe: changed.subscribe,
    schedule: (deletion: Deletion) => become([...hidden, deletion]),
    /** Does nothing once the deletion is on its way. */
    undo(id: string) {
      if (!running.has(id)) release(id)
    },
    commit,
    commitAll: async () => {
      await Promise.all(hidden.map(({ id }) => commit(id)))
    },
  }
}

export type Deletions = ReturnType<typeof createDeletions>
