const steps: (() => Promise<void>)[] = []
let closing: Promise<void> | undefined

/** Runs at the end, whatever the end is. What was opened last is closed first. */
export function closeLater(step: () => Promise<void>): void {
  steps.push(step)
}

/** Every call waits for the end of the same closing. */
export function closeAll(): Promise<void> {
  closing ??= runSteps()
  return closing
}

/** Whether an error may be only a consequence of the closing. */
export const isClosing = () => closing !== undefined

/** Ctrl-C and SIGTERM close everything before the process ends. */
export function closeOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      await closeAll()
      process.exit(130)
    })
  }
}

async function runSteps(): Promise<void> {
  for (let step = steps.pop(); step; step = steps.pop()) await step().catch(console.error)
}
