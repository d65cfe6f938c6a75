import { Suspense, useRef } from 'react'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { useShortcut } from '../ui/use-shortcut.ts'
import { ClearCompleted } from './clear-completed.tsx'
import { NewTaskForm } from './new-task-form.tsx'
import { OpenTaskProvider } from './open-task.tsx'
import { TaskList } from './task-list.tsx'
import styles from './task-page.module.css'
import { TaskToolbar } from './task-toolbar.tsx'
import { TasksLeft } from './tasks-left.tsx'
import { useTaskCounts } from './use-task-counts.ts'
import { useView } from './use-view.ts'
import { viewTitle } from './view.ts'

const OpenTaskPlace = lazyAhead(async () => (await import('./open-task-place.tsx')).OpenTaskPlace)

/** The tasks of the current view, with search and a field for a new one. */
export function TaskPage() {
  const [view] = useView()
  const counts = useTaskCounts()
  const newTask = useRef<HTMLInputElement>(null)
  const search = useRef<HTMLInputElement>(null)
  useShortcut('n', () => newTask.current?.focus())
  useShortcut('/', () => search.current?.focus())

  return (
    <OpenTaskProvider>
      <title>{`${viewTitle(view)} · Taskward`}</title>
      <div className={styles.head}>
        <h1 className={styles.title} dir="auto">
          {viewTitle(view)}
        </h1>
        <TasksLeft count={counts?.open} />
        {counts && counts.done > 0 && <ClearCompleted count={counts.done} />}
      </div>
      <NewTaskForm input={newTask} />
      <TaskToolbar search={search} />
      <Suspense>
        <OpenTaskPlace />
      </Suspense>
      <TaskList view={view} />
    </OpenTaskProvider>
  )
}
