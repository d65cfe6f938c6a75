/** What a key has spent in its current window, and the milliseconds until that window ends. */
export type Spent = { points: number; msLeft: number }

/**
 * Counts points per key in memory. A window begins with the first points of a key. Synchronous,
 * because every request counts: each promise of a library's counter would cost more than the count.
 */
export function createPointCounter(windowMs: number, now: () => number = Date.now) {
  const windows = new Map<string, { points: number; endsAt: number }>()

  /** The map is in the order of expiry, because every window lasts as long. */
  function dropExpired(): void {
    for (const [key, { endsAt }] of windows) {
      if (endsAt > now()) return
      windows.delete(key)
    }
  }

  function windowOf(key: string) {
    const known = windows.get(key)
    if (known && known.endsAt > now()) return known
    dropExpired()
    windows.delete(key) // so that it moves to the end
    const window = { points: 0, endsAt: now() + windowMs }
    windows.set(key, window)
    return window
  }

  return {
    /** Negative points give back what was spent. */
    add(key: string, points: number): Spent {
      const window = windowOf(key)
      window.points += points
      return { points: window.points, msLeft: window.endsAt - now() }
    },

    /** Takes over a count that other instances share. */
    set(key: string, { points, msLeft }: Spent): void {
      Object.assign(windowOf(key), { points, endsAt: now() + msLeft })
    },
  }
}
