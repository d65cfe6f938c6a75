import { useLayoutEffect, useRef } from 'react'

const focusable = 'input:not(:disabled), button:not(:disabled)'

/**
 * For an element among siblings. When it is removed while it has the focus, the focus moves to the
 * next sibling, else the previous one, else the element with `data-focus-home`.
 */
export function useFocusHandover<T extends HTMLElement>() {
  const ref = useRef<T>(null)
  useLayoutEffect(() => {
    const element = ref.current
    // Runs before the element leaves the document, while its siblings can still be found.
    return () => {
      if (!element?.contains(document.activeElement)) return
      const neighbours = [element.nextElementSibling, element.previousElementSibling]
      const target = neighbours
        .map((neighbour) => neighbour?.querySelector<HTMLElement>(focusable))
        .find((found) => found)
      const home = document.querySelector<HTMLElement>('[data-focus-home]')
      queueMicrotask(() => (target?.isConnected ? target : home)?.focus())
    }
  }, [])
  return ref
}
