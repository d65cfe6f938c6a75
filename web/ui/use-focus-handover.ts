import { useLayoutEffect, useRef } from 'react'

const focusable = 'input:not(:disabled), button:not(:disabled)'

/**
 * For an element among siblings. When it is taken away while it has the focus, the focus goes to
 * the one after it, or before it, or to whatever is marked `data-focus-home`: never to nowhere.
 */
export function useFocusHandover<T extends HTMLElement>() {
  const ref = useRef<T>(null)
  useLayoutEffect(() => {
    const element = ref.current
    // Runs before the element leaves the document, while its siblings can still be found.
    return () => {
      if (!element?.contains(document.activeElement)) return
      const neighbours = [element.nextElementSibling, element.previousElementSibling]
      const heir = neighbours
        .map((neighbour) => neighbour?.querySelector<HTMLElement>(focusable))
        .find((found) => found)
      const home = document.querySelector<HTMLElement>('[data-focus-home]')
      queueMicrotask(() => (heir?.isConnected ? heir : home)?.focus())
    }
  }, [])
  return ref
}
