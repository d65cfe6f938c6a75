import { Suspense, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { lazyAhead } from '../ui/lazy-ahead.ts'

const ClearCompletedDialog = lazyAhead(
  async () => (await import('./clear-completed-dialog.tsx')).ClearCompletedDialog,
)

/** `count`: all completed tasks, not only those shown. */
export function ClearCompleted({ count }: { count: number }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button onClick={() => setAsking(true)}>Clear completed</Button>
      {asking && (
        <Suspense>
          <ClearCompletedDialog count={count} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  )
}
