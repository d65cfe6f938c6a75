import { Suspense, useRef, useState } from 'react'
import { IconButton } from '../ui/button.tsx'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { useOnline } from '../ui/use-online.ts'
import { useShortcut } from '../ui/use-shortcut.ts'
import { Wordmark } from '../ui/wordmark.tsx'
import { ClearCompleted } from './clear-completed.tsx'
import { NewTaskForm } from './new-task-form.tsx'
import { TaskActionsProvider } from './task-actions.tsx'
import { TaskList } from './task-list.tsx'
import styles from './task-page.module.css'
import { TaskSide } from './task-side.tsx'
import { TaskToolbar } from './task-toolbar.tsx'
import { TasksLeft } from './tasks-left.tsx'
import { useTaskCounts } from './use-task-counts.ts'
import { useView } from './use-view.ts'
import { viewTitle } from './view.ts'

const ShortcutsDialog = lazyAhead(
  async () => (await import('./shortcuts-dialog.tsx')).ShortcutsDialog,
)
const TaskDrawer = lazyAhead(async () => (await import('./task-drawer.tsx')).TaskDrawer)

function TaskSheet() {
  const [view] = useView()
  const counts = useTaskCounts()
  const online = useOnline()
  const newTask = useRef<HTMLInputElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState<'nothing' | 'drawer' | 'help'>('nothing')
  useShortcut('n', () => newTask.current?.focus())
  useShortcut('/', () => search.current?.focus())
  useShortcut('?', () => setOver('help'))
  const close = () => setOver('nothing')

  return (
    <div className={styles.page}>
      <title>{`${viewTitle(view)} · Taskward`}</title>
      <a href="#tasks" className={styles.skip}>
        Skip to the tasks
      </a>
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
        <div className={styles.head}>
          <h1 className={styles.title} dir="auto">
            {viewTitle(view)}
          </h1>
          <TasksLeft count={counts?.open} />
          {counts && counts.done > 0 && <ClearCompleted count={counts.done} />}
        </div>
        <NewTaskForm input={newTask} />
        <TaskToolbar search={search} />
        <TaskList view={view} />
      </main>
      <Suspense>
        {over === 'help' && <ShortcutsDialog onClose={close} />}
        {over === 'drawer' && <TaskDrawer onClose={close} onHelp={() => setOver('help')} />}
      </Suspense>
    </div>
  )
}

export function TaskPage() {
  return (
    <TaskActionsProvider>
      <TaskSheet />
    </TaskActionsProvider>
  )
}
