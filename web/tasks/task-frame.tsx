import { type ReactNode, Suspense, useState } from 'react'
import { IconButton } from '../ui/button.tsx'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { useOnline } from '../ui/use-online.ts'
import { useShortcut } from '../ui/use-shortcut.ts'
import { Wordmark } from '../ui/wordmark.tsx'
import { TaskActionsProvider } from './task-actions.tsx'
import styles from './task-page.module.css'
import { TaskSide } from './task-side.tsx'

const ShortcutsDialog = lazyAhead(
  async () => (await import('./shortcuts-dialog.tsx')).ShortcutsDialog,
)
const TaskDrawer = lazyAhead(async () => (await import('./task-drawer.tsx')).TaskDrawer)

type TaskFrameProps = {
  /** The words of the link that skips the sidebar. */
  skip: string
  children: ReactNode
}

/** The sidebar, or the bar with its drawer, and the main column of a page about tasks. */
export function TaskFrame({ skip, children }: TaskFrameProps) {
  const online = useOnline()
  const [over, setOver] = useState<'nothing' | 'drawer' | 'help'>('nothing')
  useShortcut('?', () => setOver('help'))
  const close = () => setOver('nothing')

  return (
    <TaskActionsProvider>
      <div className={styles.page}>
        {/* A landmark, because the banner of paused programs may come before it. */}
        <nav aria-label="Skip" className={styles.skips}>
          <a href="#tasks" className={styles.skip}>
            {skip}
          </a>
        </nav>
        <header className={styles.bar}>
          <IconButton icon="menu" label="Views and labels" onClick={() => setOver('drawer')} />
          <Wordmark />
        </header>
        <aside className={styles.rail} aria-label="Sidebar">
          <TaskSide onHelp={() => setOver('help')} />
        </aside>
        <main id="tasks" tabIndex={-1} className={styles.main}>
          {!online && (
            <p role="status" className={styles.offline}>
              You are offline. The list may be out of date, and changes cannot be saved.
            </p>
          )}
          <Suspense>{children}</Suspense>
        </main>
        <Suspense>
          {over === 'help' && <ShortcutsDialog onClose={close} />}
          {over === 'drawer' && <TaskDrawer onClose={close} onHelp={() => setOver('help')} />}
        </Suspense>
      </div>
    </TaskActionsProvider>
  )
}
