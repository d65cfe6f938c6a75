import { useSyncExternalStore } from 'react'
import { createSignal } from './signal.ts'

let message = ''
const changed = createSignal()

/** Announces a message to screen readers, after what they are reading now. */
export function announce(words: string) {
  // Screen readers only read a changed text: a no-break space makes a repeated one differ.
  message = words === message ? `${words}\u00a0` : words
  changed.emit()
}

/** The live region of `announce`. Render it once in the page. */
export function Announcer() {
  const words = useSyncExternalStore(changed.subscribe, () => message)
  return (
    <div className="visually-hidden" aria-live="polite" data-announcer>
      {words}
    </div>
  )
}
