import frame from '../frame/page-frame.module.css'
import { classNames } from '../ui/class-names.ts'
import { Wordmark } from '../ui/wordmark.tsx'
import styles from './task-page.module.css'
import { TaskSkeleton } from './task-skeleton.tsx'

/** The empty frame of the task page, while the session is unknown. */
export function TaskPageSkeleton() {
  return (
    <div className={frame.page}>
      <header className={classNames(frame.bar, frame.waiting)}>
        <Wordmark />
      </header>
      <div className={classNames(frame.rail, frame.waiting)}>
        <Wordmark />
      </div>
      <main className={frame.main}>
        <div className={styles.head} />
        <TaskSkeleton />
      </main>
    </div>
  )
}
