import { useSyncExternalStore } from 'react'
import { createSignal } from './signal.ts'

let message = ''
const changed = createSignal()

/** Says something to people who cannot see it happen; waits for a pause in speech. */
export function announce(words: string) {
  // The same words twice are read only if the text changes: a no-break space makes it differ.
  message = words === message ? `${words}\u00a0` : words
  changed.emit()
}

/** The live region that `announce` speaks through; stands once in the page. */
export function Announcer() {
  const words = useSyncExternalStore(changed.subscribe, () => message)
  return (
    <div className="visually-hidden" aria-live="polite" data-announcer>
      {words}
    </div>
  )
}
