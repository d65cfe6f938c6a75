/** Something that happens now and then, and those who want to know. */
export type Signal = { on: (listener: () => void) => void; emit: () => void }

export function createSignal(): Signal {
  const listeners = new Set<() => void>()
  return {
    on: (listener) => void listeners.add(listener),
    emit() {
      for (const listener of listeners) listener()
    },
  }
}
