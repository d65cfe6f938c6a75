const steps: (() => Promise<void>)[] = []

/** Runs at the end, whatever the end is; what was opened last is closed first. */
export function closeLater(step: () => Promise<void>): void {
  steps.push(step)
}

export async function closeAll(): Promise<void> {
  for (let step = steps.pop(); step; step = steps.pop()) await step().catch(console.error)
}

/** Ctrl-C and SIGTERM close everything before the process ends. */
export function closeOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await closeAll()
      process.exit(130)
    })
  }
}
