import { createSignal } from '../ui/signal.ts'

/**
 * A task that is hidden but not yet deleted through the API, which cannot undo a deletion. It can be
 * undone until `commit`.
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
    /** Does nothing once the API request is sent. */
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
