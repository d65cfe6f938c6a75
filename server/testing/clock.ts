import { onTestFinished, vi } from 'vitest'

/**
 * Stops the clock of this process at a time, until the test has finished. Timers and the database
 * keep theirs.
 */
export function setClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: ms })
  onTestFinished(() => void vi.useRealTimers())
}
