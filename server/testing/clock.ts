import { onTestFinished, vi } from 'vitest'

/**
 * Stops Date.now() at a time, until the test has finished. Timers, performance.now() and the
 * database keep their clocks.
 */
export function setClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: ms })
  onTestFinished(() => void vi.useRealTimers())
}

/** Stops performance.now() at a time, until the test has finished or sets another. */
export function setUptime(ms: number): void {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(ms)
  onTestFinished(() => void clock.mockRestore())
}
