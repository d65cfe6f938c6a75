import { useEffect, useState } from 'react'

/** Without a key for this long, the user has stopped typing. */
const pauseMs = 500

/**
 * Whether the user has stopped typing since the component appeared. A dialog that opens by itself waits
 * for it: the rest of a word, and Enter, would go into its first field.
 */
export function useTypingPause(): boolean {
  const [hasPaused, setHasPaused] = useState(false)
  useEffect(() => {
    if (hasPaused) return
    const end = () => setHasPaused(true)
    let pause = setTimeout(end, pauseMs)
    const begin = () => {
      clearTimeout(pause)
      pause = setTimeout(end, pauseMs)
    }
    document.addEventListener('keydown', begin)
    return () => {
      clearTimeout(pause)
      document.removeEventListener('keydown', begin)
    }
  }, [hasPaused])
  return hasPaused
}
