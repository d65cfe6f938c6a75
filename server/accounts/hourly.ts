const intervalMs = 60 * 60_000

/**
 * Runs `round` now and then every hour. `round` handles its errors; its signal is aborted when it
 * should end early.
 * @returns a function that stops it and resolves when the current round has ended.
 */
export function runHourly(round: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
  const stopped = new AbortController()
  let current: Promise<void> = Promise.resolve()
  const run = () => {
    current = round(stopped.signal)
  }
  const timer = setInterval(run, intervalMs).unref()
  run()
  return async () => {
    clearInterval(timer)
    stopped.abort()
    await current
  }
}
