import { exactTime, pastWords } from './date-words.ts'
import { useToday } from './use-today.ts'

/** The day of an instant in words, with the exact time as a tooltip. */
export function Day({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {pastWords(at, useToday())}
    </time>
  )
}
