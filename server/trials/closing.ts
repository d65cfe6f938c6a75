const steps: (() => Promise<unknown>)[] = []
let closing: Promise<void> | undefined
let isWatching = false

/**
 * Runs at the end, whatever the end is: after `closeAll`, Ctrl-C or SIGTERM. What was opened last is
 * closed first. A step that runs a second time must do nothing.
 */
export function closeLater(step: () => Promise<unknown>): void {
  if (!isWatching) closeOnSignals()
  isWatching = true
  steps.push(step)
}

/** Every call waits for the end of the same closing. */
export function closeAll(): Promise<void> {
  closing ??= runSteps()
  return closing
}

/** Whether an error may be only a consequence of the closing. */
export const isClosing = () => closing !== undefined

/** PostgreSQL and the servers of a trial are processes of their own, which would keep running. */
function closeOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await closeAll()
      process.exit(130)
    })
  }
}

async function runSteps(): Promise<void> {
  for (let step = steps.pop(); step; step = steps.pop()) await step().catch(console.error)
}
