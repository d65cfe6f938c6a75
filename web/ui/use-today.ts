import { useSyncExternalStore } from 'react'
import { localDate } from './date-words.ts'

function subscribe(listener: () => void) {
  const timer = setInterval(listener, 60_000)
  document.addEventListener('visibilitychange', listener)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', listener)
  }
}

/** Today's local date; updates when the day changes. */
export function useToday(): string {
  return useSyncExternalStore(subscribe, () => localDate(new Date()))
}
