/**
 * Resolves after pending promises and timers of 0 ms, also those that they start. The fake network
 * answers within them, so what has not happened by then does not happen.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve))
}
