import { classNames } from '../ui/class-names.ts'
import { Wordmark } from '../ui/wordmark.tsx'
import styles from './task-page.module.css'
import { TaskSkeleton } from './task-skeleton.tsx'

/** The empty frame of the task page, while the session is unknown. */
export function TaskPageSkeleton() {
  return (
    <div className={styles.page}>
      <header className={classNames(styles.bar, styles.waiting)}>
        <Wordmark />
      </header>
      <div className={classNames(styles.rail, styles.waiting)}>
        <Wordmark />
      </div>
      <main className={styles.main}>
        <div className={styles.head} />
        <TaskSkeleton />
      </main>
    </div>
  )
}
