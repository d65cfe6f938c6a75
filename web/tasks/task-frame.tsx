import type { ReactNode } from 'react'
import { PageFrame } from '../frame/page-frame.tsx'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { TaskActionsProvider } from './task-actions.tsx'
import { TaskRail } from './task-rail.tsx'

const ShortcutsDialog = lazyAhead(
  async () => (await import('./shortcuts-dialog.tsx')).ShortcutsDialog,
)

/** The frame of all pages for a signed-in account, with the views and labels of its tasks. */
export function TaskFrame({ children }: { children: ReactNode }) {
  return (
    <TaskActionsProvider>
      <PageFrame rail={<TaskRail />} help={ShortcutsDialog}>
        {children}
      </PageFrame>
    </TaskActionsProvider>
  )
}
