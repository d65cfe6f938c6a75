/**
 * Resolves after pending promises and timers of 0 ms, also those that they start. The fake server
 * answers within them: a request that was not sent by then is not sent at all.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve))
}
