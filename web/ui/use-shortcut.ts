import { useEffect, useEffectEvent } from 'react'

const writable =
  'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role="dialog"] *'

/** Runs `action` when `key` is pressed alone, except in a text field or an open dialog. */
export function useShortcut(key: string, action: () => void) {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof Element && event.target.closest(writable)) return
    event.preventDefault()
    action()
  })
  useEffect(() => {
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
